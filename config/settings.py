"""Every setting of Plumbline, from the environment; docs/operators.md lists what may be set."""

from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(env.text("PLUMBLINE_STATE", str(BASE_DIR / ".plumbline")))

DEBUG = env.flag("PLUMBLINE_DEBUG")
SECRET_KEY = env.secret(STATE_DIR / "secret-key")
if not SECRET_KEY:
    raise ImproperlyConfigured("Set PLUMBLINE_SECRET_KEY, or start with ./plumbline, which makes one.")

ALLOWED_HOSTS = env.words("PLUMBLINE_HOSTS") or ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.words("PLUMBLINE_ORIGINS")
# Cookies marked secure are refused by browsers over plain http, which is what a first start on this machine is.
BEHIND_TLS = env.flag("PLUMBLINE_TLS")

INSTALLED_APPS = [
    "config.people",
    "evaluations",
    "capabilities",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.web.PressedText",
    "csp.middleware.CSPMiddleware",
    "config.people.middleware.ReadableRequests",
    "config.people.middleware.note_door",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.web.vary_by_htmx",
    "capabilities.middleware.product_middleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.web.site",
            ],
            "builtins": ["config.people.templatetags.plumbline"],
        },
    },
]

# The statement timeout is set per connection so that one slow page cannot hold a worker for ever.
DATABASES = {"default": env.database(env.text("DATABASE_URL", "postgres:///plumbline"))}
DATABASES["default"]["OPTIONS"].setdefault("pool", False)
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = env.flag("PLUMBLINE_PGBOUNCER")
if not env.flag("PLUMBLINE_PGBOUNCER"):
    # Only config/prepared.py has statements prepared, after so many times.
    DATABASES["default"]["OPTIONS"].setdefault("prepare_threshold", 3)
    # Long statements over many rows take some milliseconds; compiling them first would take longer.
    DATABASES["default"]["OPTIONS"].setdefault("options", "-c jit=off")

# How long a worker may be silent before its items are called again and its run is woken (looked for three times a lease), how long it
# stays with one run, and after how long a run that was woken and did not move is woken again.
LEASE_SECONDS = env.integer("PLUMBLINE_LEASE_SECONDS", 15)
SLICE_SECONDS = env.integer("PLUMBLINE_SLICE_SECONDS", 30)
KICK_SECONDS = env.integer("PLUMBLINE_KICK_SECONDS", 30)
# Where a day and a month of spending begin.
SPEND_ZONE = env.zone("PLUMBLINE_SPEND_ZONE", "UTC")
# First pause after a provider failed several times in a row; it doubles with each failed try.
BREAKER_SECONDS = env.integer("PLUMBLINE_BREAKER_SECONDS", 5)
# Worker processes that share a provider's limits while the broker, which counts them, is away.
WORKER_PROCESSES = env.integer("PLUMBLINE_CALL_WORKERS", 2)

REDIS_PREFIX = env.text("PLUMBLINE_REDIS_PREFIX", "plumbline")
CELERY_BROKER_URL = env.text("BROKER_URL", "redis://127.0.0.1:6379/0")
# As redis-py writes it; everybody but Celery connects with this.
BROKER_URL = env.redis_url(CELERY_BROKER_URL)
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Ranks of the board, by the runs they rest on: each process works them out once. Nothing here is ever out of date.
    "boards": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "boards",
        "TIMEOUT": 24 * 60 * 60,
        "OPTIONS": {"MAX_ENTRIES": 500},
    },
    # Figures of comparisons, by the scores they rest on; likewise.
    "comparisons": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "comparisons",
        "TIMEOUT": 24 * 60 * 60,
        "OPTIONS": {"MAX_ENTRIES": 300},
    },
    # Counts requests of all web processes and holds nothing else. Never clear it: that would empty the broker's database.
    "throttles": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": BROKER_URL,
        "KEY_PREFIX": f"{REDIS_PREFIX}:throttles",
        "OPTIONS": {
            "socket_connect_timeout": 0.25,
            "socket_timeout": 0.25,
            "retry": Retry(NoBackoff(), 0),
        },
    },
}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": f"{REDIS_PREFIX}:",
    "visibility_timeout": 300,
    "socket_connect_timeout": 3,
    "socket_timeout": 10,
    "max_retries": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_POOL = "config.pool:TaskPool"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "evaluations.tasks.advance_run_task": {"queue": "calls"},
    "evaluations.tasks.score_run_task": {"queue": "scoring"},
    "evaluations.tasks.import_*": {"queue": "imports"},
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "reap": {
        "task": "evaluations.tasks.reap_task",
        "schedule": LEASE_SECONDS / 3,
        "options": {"expires": 2 * LEASE_SECONDS / 3},
    },
    "tick": {"task": "evaluations.tasks.tick_schedules_task", "schedule": 30.0, "options": {"expires": 60}},
    "judge": {
        "task": "capabilities.tasks.judge_unjudged_runs_task",
        "schedule": 30.0,
        "options": {"expires": 60},
    },
    "watch": {
        "task": "evaluations.tasks.watch_unwatched_runs_task",
        "schedule": 60.0,
        "options": {"expires": 120},
    },
    "tell": {"task": "capabilities.tasks.tell_task", "schedule": 10.0, "options": {"expires": 20}},
    "collect-media": {
        "task": "evaluations.tasks.collect_media_task",
        "schedule": crontab(hour=3, minute=40),
        "options": {"expires": 3600},
    },
    "look-for-models": {
        "task": "capabilities.tasks.look_for_models_task",
        "schedule": crontab(minute=25),
        "options": {"expires": 1800},
    },
    "tell-of-dates": {"task": "capabilities.tasks.tell_of_dates_task", "schedule": 3600.0},
    "mail": {"task": "capabilities.tasks.mail_task", "schedule": 30.0, "options": {"expires": 60}},
    "standings": {
        "task": "capabilities.tasks.refresh_standings_task",
        "schedule": 5.0,
        "options": {"expires": 10},
    },
}

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
# A load balancer asks over plain http.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.pages.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "object-src": [NONE],
    },
}

STATIC_URL = "static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = False

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Without a mail server people are told in the app only. Links in mails need the address people reach the site at.
mail_url = env.text("PLUMBLINE_MAIL_URL")
SITE_URL = env.text("PLUMBLINE_URL").rstrip("/")
MAIL_CONFIGURED = bool(mail_url)
if MAIL_CONFIGURED and not SITE_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured(
        "Set PLUMBLINE_URL, e.g. https://plumbline.example.com: links in mails need it."
    )
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if MAIL_CONFIGURED else 'dummy'}.EmailBackend"
mail_server = env.mail_server(mail_url)
EMAIL_HOST, EMAIL_PORT = mail_server.host, mail_server.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = mail_server.user, mail_server.password
EMAIL_USE_TLS, EMAIL_USE_SSL = mail_server.starts_tls, mail_server.speaks_tls
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("PLUMBLINE_FROM_EMAIL", "plumbline@localhost")

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsing.StrictJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "config.people.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["config.people.permissions.ScopePermission"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.ScopedSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "config.api.throttling.PersonThrottle",
        "config.api.throttling.AddressThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"user": "6000/min", "anon": "60/min"},
    "DEFAULT_PAGINATION_CLASS": "config.api.paging.Pages",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "config.api.errors.error_reply",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Plumbline",
    "DESCRIPTION": "What a model must do, whether it can, and whether a competitor's can do it better.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # Choices of fields that share a name with another kind's field.
    "ENUM_NAME_OVERRIDES": {
        "RunOriginEnum": "evaluations.models.runs.Origin",
        "RunStateEnum": "evaluations.models.runs.Run.State",
        "ModelVersionStageEnum": "evaluations.models.models.ModelVersion.Stage",
    },
    "POSTPROCESSING_HOOKS": [
        "config.api.schema.with_errors",
    ],
    # Closed at first: drawing every operation at once takes a browser seconds.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None, "docExpansion": "none"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("PLUMBLINE_LOG_LEVEL", "INFO")},
    # Louder they write down a line for each call, then what is sent and answered: cases, and keys that a gateway says back.
    "loggers": {name: {"level": "WARNING"} for name in ("openai", "httpx2", "httpcore2")},
}

# Private endpoints (an in-house model server) that providers may reach, as host:port.
PRIVATE_ENDPOINTS = env.words("PLUMBLINE_PRIVATE_ENDPOINTS")
EGRESS_PROXY = env.text("PLUMBLINE_EGRESS_PROXY")
CA_BUNDLE = env.text("PLUMBLINE_CA_BUNDLE")
# Files with the keys of providers, named PLUMBLINE_KEY_…; no provider can name another file or variable.
SECRET_DIR = Path(env.text("PLUMBLINE_SECRET_DIR", str(STATE_DIR / "secrets")))
MAX_MISSING_SHARE = 0.05
MAX_PUSH_BYTES = 64 * 1024 * 1024
# Logs of other evaluation tools: bytes of an upload as it comes.
MAX_LOG_BYTES = env.integer("PLUMBLINE_MAX_LOG_MB", 256) * 1024 * 1024
# Pictures, sound and video that cases use: bytes of one, and pixels of a picture over all its frames.
MAX_MEDIA_BYTES = env.integer("PLUMBLINE_MAX_MEDIA_MB", 20) * 1024 * 1024
MAX_PICTURE_PIXELS = env.integer("PLUMBLINE_MAX_MEGAPIXELS", 50) * 1_000_000
