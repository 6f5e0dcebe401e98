"""Another package can add providers and callables; here one is laid out as an installer would leave it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluations import providers
from evaluations.providers import process
from tests.evaluations.providers.calling import make_request, run_local

CODE = """
from evaluations.providers import Reply

class Shout:
    name, free, needs_http = "shout", True, False
    async def call(self, request, settings, client):
        text = request.messages[-1]["content"].upper()
        return Reply(text=text, raw=text.encode())
    async def test_connection(self, settings, client, api_id=""):
        return "Ready to shout."

def backwards(case_input, parameters):
    return case_input[::-1]
"""
ENTRY_POINTS = """
[plumbline.providers]
shout = acme_models:Shout
rules = acme_models:Shout

[plumbline.callables]
backwards = acme_models:backwards
"""


@pytest.fixture
def acme_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "acme_models.py").write_text(CODE)
    metadata = tmp_path / "acme_models-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-models\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    caches = (providers._registered, providers.get_adapter, process._registered, process.get_callable)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.usefixtures("acme_installed")
def test_a_provider_of_another_package_can_be_called() -> None:
    assert "shout" in providers.adapter_names()
    assert run_local("shout", make_request("hello")).text == "HELLO"


@pytest.mark.usefixtures("acme_installed")
def test_a_callable_of_another_package_can_be_run() -> None:
    assert "backwards" in process.callable_names()
    assert run_local("process", make_request(api_id="backwards", case_input="abc")).text == "cba"


@pytest.mark.usefixtures("acme_installed")
def test_a_built_in_kind_cannot_be_replaced() -> None:
    assert type(providers.get_adapter("rules")).__module__ == "evaluations.providers.rules"
