"""Servers this machine runs for itself when none are given."""
