"""Everything `./plumbline` runs on a machine that has nothing yet: servers, processes, first start, backup.

Nothing here imports Django: the settings need what this package prepares.
"""
