"""Providers: the ways a model can be asked. One file per kind; plain values in and out."""
