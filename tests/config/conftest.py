import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def plain_static_files_and_a_fresh_cache(settings, tmp_path):
    """Pages render without collecting static files first; no test spends the throttle of another."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT = tmp_path
    cache.clear()
