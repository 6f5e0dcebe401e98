"""Who may open a connection: the imports of the whole product, read and not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluations.providers import UnknownAdapter, adapter_names, get_adapter

ROOT = Path(__file__).parents[3]
PRODUCT = ("config", "evaluations", "capabilities")
PROVIDERS = ROOT / "evaluations" / "providers"
NETWORK = (
    "httpx", "httpx2", "httpcore", "httpcore2", "requests", "aiohttp", "urllib3", "urllib.request", "http.client",
    "socket", "asyncio.open_connection", "ftplib", "smtplib", "telnetlib", "xmlrpc", "websockets",
)  # fmt: skip
MAY_CONNECT = (PROVIDERS / "outbound.py", ROOT / "config" / "mail.py", ROOT / "config" / "embedded")
SITE = ("django", "rest_framework", "celery", "config", "capabilities")


def sources(*folders: Path) -> list[Path]:
    return [
        path for folder in folders for path in sorted(folder.rglob("*.py")) if "migrations" not in path.parts
    ]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def among(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def test_only_the_outbound_module_mail_and_the_embedded_servers_open_connections() -> None:
    files = sources(*(ROOT / folder for folder in PRODUCT))
    allowed = {path for path in files if any(path == place or place in path.parents for place in MAY_CONNECT)}
    found = [
        f"{path}: {name}" for path in set(files) - allowed for name in imported(path) if among(name, NETWORK)
    ]
    assert found == []
    assert any(among(name, NETWORK) for name in imported(PROVIDERS / "outbound.py"))


@pytest.mark.parametrize(("sdk", "adapters"), [("openai", set()), ("anthropic", {"anthropic.py"})])
def test_an_sdk_is_imported_in_its_adapter_only_and_most_in_none(sdk: str, adapters: set[str]) -> None:
    files = sources(*(ROOT / folder for folder in PRODUCT))
    using = {path.name for path in files for name in imported(path) if among(name, (sdk,))}
    assert using == adapters


@pytest.mark.parametrize("path", sources(PROVIDERS), ids=lambda path: path.name)
def test_providers_know_neither_django_nor_the_apps(path: Path) -> None:
    names = [name for name in imported(path) if among(name, SITE)]
    others = [
        name
        for name in imported(path)
        if among(name, ("evaluations",)) and "evaluations.providers" not in name
    ]
    assert names + others == []


def test_every_kind_of_provider_can_be_loaded() -> None:
    assert adapter_names() == ["anthropic", "google", "inspect", "openai_like", "process", "rules", "stored"]
    adapters = [get_adapter(name) for name in adapter_names()]
    assert [adapter.name for adapter in adapters] == adapter_names()
    assert [adapter.needs_http for adapter in adapters] == [True, True, True, True, False, False, False]


def test_an_unknown_kind_is_said_so() -> None:
    with pytest.raises(UnknownAdapter, match="There is no provider kind telepathy"):
        get_adapter("telepathy")
