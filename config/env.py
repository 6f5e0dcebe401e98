"""Settings read from the environment, each with a clear sentence when its value cannot be used."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name).lower()
    return value in TRUE_WORDS if value else default


def integer(name: str, default: int) -> int:
    value = text(name)
    try:
        return int(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error


def zone(name: str, default: str) -> ZoneInfo:
    value = text(name, default) or default
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImproperlyConfigured(
            f"{name} must be a time zone such as Europe/Berlin, not {value!r}."
        ) from error


def words(name: str) -> list[str]:
    """A list separated by commas; empty entries are dropped."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def secret(path: Path) -> str:
    """The secret key from PLUMBLINE_SECRET_KEY or a file that only its owner can read."""
    if value := text("PLUMBLINE_SECRET_KEY"):
        return value
    return path.read_text().strip() if path.exists() else ""


def database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for `postgres://user:password@host:port/name?option=value`.

    A unix socket is given as `postgres://user@/name?host=/path`. Raises ImproperlyConfigured for another scheme.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must start with postgres:// (Plumbline runs on PostgreSQL).")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "plumbline",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": options.pop("port", str(parts.port or "")),
        "OPTIONS": options,
    }


def redis_url(url: str) -> str:
    """The broker's address as redis-py writes it. Raises ImproperlyConfigured for another scheme.

    A unix socket is spelled Celery's way, `redis+socket:///path?virtual_host=0`: its command line reads BROKER_URL itself.
    """
    if url.startswith("redis+socket://"):
        return url.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=")
    if not url.startswith(("redis://", "rediss://")):
        raise ImproperlyConfigured(
            "BROKER_URL must start with redis://, rediss:// or redis+socket:// (Redis or Valkey)."
        )
    return url


@dataclass(frozen=True)
class MailServer:
    """starts_tls: encrypts after greeting (STARTTLS); speaks_tls: from the first byte."""

    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    starts_tls: bool = False
    speaks_tls: bool = False


def mail_server(url: str) -> MailServer:
    """The server of `smtp+tls://user:password@host:587`; smtp:// without encryption, smtps:// with it from the first byte."""
    if not url:
        return MailServer()
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    parts = urlsplit(url)
    if parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured("PLUMBLINE_MAIL_URL must look like smtp+tls://user:password@host:587.")
    return MailServer(
        host=parts.hostname,
        port=parts.port or ports[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starts_tls=parts.scheme == "smtp+tls",
        speaks_tls=parts.scheme == "smtps",
    )
