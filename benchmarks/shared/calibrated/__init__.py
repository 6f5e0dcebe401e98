"""Worlds in which the true value lies exactly on the border of a claim, so that each verdict on it is a wrong one."""
