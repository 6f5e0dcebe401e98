"""The settings of a test run: the site's own, on servers of the run's own unless DATABASE_URL and BROKER_URL name others.

Loaded first by the process that starts the run; what it puts into the environment is what its xdist workers find.
"""

import os
import secrets
import sys

from tests import servers

if "mypy" not in sys.modules:
    os.environ.setdefault("PLUMBLINE_SECRET_KEY", secrets.token_urlsafe(50))
    # One broker for all xdist workers, each with its own keys.
    os.environ["PLUMBLINE_REDIS_PREFIX"] = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    servers.ensure()

from config.settings import *  # noqa: E402, F403
from config.settings import CACHES, STATIC_ROOT, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Counted in this process and cleared with the default cache; test_throttling counts in Redis.
SHARED_CACHES = CACHES
CACHES = dict.fromkeys(CACHES, CACHES["default"])
# Static files straight from their folders, so that nothing has to be collected first.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
