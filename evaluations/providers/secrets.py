"""Keys of providers. A provider names its key; the key itself lives with the operator and is never stored."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from evaluations.providers.addresses import normal_host
from evaluations.providers.types import ErrorKind, ProviderError, ProviderSettings

NAME = re.compile(r"PLUMBLINE_KEY_[A-Z0-9_]{1,60}")
NAME_RULE = "A key is named like PLUMBLINE_KEY_ACME: that beginning, then capitals, digits and underscores."


def is_secret_name(name: str) -> bool:
    """True for names a provider may use. Nothing else of the environment can be named, so none of it leaks."""
    return NAME.fullmatch(name) is not None


def read_secret(settings: ProviderSettings, environment: Mapping[str, str] | None = None) -> str:
    """The key the provider names, for calls to its base_url; "" when it names none.

    Looks for the environment variable NAME, then for a file NAME in settings.secret_dir. Where the variable
    NAME_HOST is set, the key goes to that host only. Raises ProviderError (unauthorized) with what to do.
    """
    name = settings.secret_name
    if not name:
        return ""
    environment = os.environ if environment is None else environment
    if not is_secret_name(name):
        raise ProviderError(ErrorKind.UNAUTHORIZED, NAME_RULE, never_sent=True)
    _check_host(name, settings.base_url, environment)
    key = environment.get(name) or _from_file(name, settings.secret_dir)
    if not key:
        raise ProviderError(
            ErrorKind.UNAUTHORIZED,
            f"The key {name} is not set. An operator sets it in the environment or as a file in PLUMBLINE_SECRET_DIR.",
            never_sent=True,
        )
    return key


def _from_file(name: str, folder: str) -> str:
    path = Path(folder) / name
    return path.read_text(encoding="utf-8").strip() if folder and path.is_file() else ""


def _check_host(name: str, base_url: str, environment: Mapping[str, str]) -> None:
    host = normal_host(urlsplit(base_url).hostname or "")
    bound_to = environment.get(f"{name}_HOST", "")
    if bound_to and normal_host(bound_to) != host:
        raise ProviderError(
            ErrorKind.UNAUTHORIZED,
            f"The key {name} is for {bound_to} only and is not sent to {host}. See {name}_HOST.",
            never_sent=True,
        )
