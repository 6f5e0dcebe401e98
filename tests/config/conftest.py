import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _fresh_throttles():
    """No test spends the requests of another."""
    cache.clear()
