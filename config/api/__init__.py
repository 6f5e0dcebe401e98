"""What every endpoint of the REST API shares. The apps register theirs in `<app>/api/urls.py`."""
