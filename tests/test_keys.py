"""A provider's key stays with the operator: whatever a provider does with it, it is in no table, broker, log, page or reply."""

import json
import logging
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection

from config.broker import broker
from config.people.models import Role
from evaluations.models import Blob, ModelVersion, Provider, Run
from evaluations.providers.calls import LEAST_HIDDEN
from evaluations.services.providers import check_connection
from evaluations.services.runs import start_run
from tests.api_client import ALL_SCOPES, Caller
from tests.capabilities.pages import signed_in
from tests.engine import work_off
from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.providers.servers import CanaryServer, canary
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model,
    make_model_version,
    make_provider,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
NAME = "PLUMBLINE_KEY_CANARY"
# A part of the key is a leak too.
PART = 12


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> str:
    """A key that looks like no key, so that nothing but knowing it takes it out. Logs are as loud as they get."""
    made = secrets.token_hex(20)
    monkeypatch.setenv(NAME, made)
    caplog.set_level(logging.DEBUG)
    return made


def make_version(base_url: str, api_id: str) -> ModelVersion:
    # Another name each time: what is known of failing providers outlives a test.
    provider = make_provider(
        "openai_like",
        slug=f"leaky-{secrets.token_hex(4)}",
        base_url=base_url,
        secret_name=NAME,
        timeout_seconds=5,
    )
    return make_model_version(make_model("llm", provider=provider), api_id=api_id, parameters={})


def run_against(port: int, api_id: str) -> Run:
    """A run of two samples, as far as it comes without waiting; then the provider is tested by hand."""
    site.PRIVATE_ENDPOINTS = [f"127.0.0.1:{port}"]
    version = make_version(f"http://127.0.0.1:{port}/v1", api_id)
    evaluation = make_evaluation_version(make_dataset_version(2, purpose="dev"))
    run = work_off(start_run(actor=make_user(), evaluation_version=evaluation, model_version=version))
    provider = Provider.objects.get()
    check_connection(actor=make_user(Role.ADMIN), provider=provider, api_id=api_id)
    return run


def tables() -> Iterator[tuple[str, str]]:
    """Every table as text, and what is kept compressed as it reads."""
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            with cursor.copy(f'COPY "{name}" TO STDOUT') as rows:
                yield name, b"".join(rows).decode("utf-8", "replace")
    for blob in Blob.objects.all():
        yield f"blob {blob.pk}", blob.text


def kept_by_broker() -> Iterator[tuple[str, str]]:
    server = broker()
    for name in server.scan_iter(f"{site.REDIS_PREFIX}*"):
        yield f"broker {name!r}", repr((name, server.dump(name)))


def shown(run: Run) -> Iterator[tuple[str, str]]:
    """Pages, replies and exports that speak of the provider or the run."""
    provider = Provider.objects.get()
    chief = signed_in(make_user(Role.ADMIN, may_read_test=True))
    dataset = run.evaluation_version.dataset_version.dataset.slug
    pages = [
        "/providers/",
        f"/providers/{provider.slug}/",
        f"/providers/{provider.slug}/edit/",
        "/runs/",
        f"/runs/{run.pk}/",
        f"/runs/{run.pk}/samples/",
        f"/runs/{run.pk}/samples/?case=case-000",
        f"/models/{run.model_version.model.slug}/",
        f"/datasets/{dataset}/v1/cases.csv",
        f"/datasets/{dataset}/v1/cases.jsonl",
        f"/admin/evaluations/provider/{provider.pk}/change/",
        "/audit/",
        "/healthz",
    ]
    for page in pages:
        reply = chief.get(page)
        assert reply.status_code == 200, page
        yield page, _text(reply)
    caller = Caller(*ALL_SCOPES)
    for path in (
        "/providers/",
        f"/providers/{provider.slug}/",
        f"/runs/{run.pk}/",
        f"/runs/{run.pk}/samples/?show=all",
        f"/runs/{run.pk}/samples/?show=errored",
        f"/model-versions/{run.model_version_id}/",
        "/schema/",
    ):
        reply = caller.get(path)
        assert reply.status_code in (200, 400), path
        yield path, _text(reply)


def _text(reply: Any) -> str:
    return b"".join(reply).decode("utf-8", "replace")


def leaks(key: str, run: Run, logs: str) -> list[str]:
    """Where a part of the key is, in plain letters or as PostgreSQL writes bytes."""
    parts = [key[start : start + PART] for start in range(len(key) - PART)]
    written = [part.encode().hex() for part in parts]
    places = [("the logs", logs), *shown(run), *tables(), *kept_by_broker()]
    assert len(places) > 60
    return [place for place, words in places if any(part in words for part in (*parts, *written))]


@pytest.mark.parametrize(
    "api_id", ["echo", "fault-401", "fault-500", "fault-error200", "fault-truncated", "gone"]
)
def test_a_key_is_sent_and_nowhere_kept(
    key: str, api_id: str, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    with BillingServer() as server:
        run = run_against(server.port, api_id)
        sent = {headers.get("authorization") for headers in server.headers}
    assert sent == {f"Bearer {key}"}
    assert leaks(key, run, caplog.text) == []


def completion(key: str, **more: Any) -> bytes:
    message = {"role": "assistant", "content": f"You sent Bearer {key}."}
    return json.dumps(
        {
            "id": key,
            "model": f"echo-{key}",
            "system_fingerprint": key,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 4},
            **more,
        }
    ).encode()


def streamed(key: str) -> bytes:
    chunk = json.loads(completion(key))
    chunk["choices"] = [{"index": 0, "delta": {"content": f"You sent {key}."}, "finish_reason": "stop"}]
    return f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()


def error(key: str, words: str = "You sent Authorization: Bearer KEY", **more: str) -> bytes:
    return json.dumps({"error": {"message": words.replace("KEY", key), **more}}).encode()


TELL_TALES: dict[str, tuple[int, Callable[[str], bytes]]] = {
    "401 with the header": (401, lambda key: error(key)),
    "403 with a code": (403, lambda key: error(key, code=key, type=key)),
    "500 with the header": (500, lambda key: error(key)),
    "500 with the key at the cut": (500, lambda key: error(key, "x" * 285 + " KEY")),
    "500 with the key by itself": (500, lambda key: error(key, "KEY")),
    "502 of a proxy": (502, lambda key: f"<h1>Bad gateway</h1><pre>Bearer {key}</pre>".encode()),
    "200 with an error": (200, lambda key: error(key)),
    "200 that is cut off": (200, lambda key: completion(key)[:-30]),
    "200 that answers with it": (200, completion),
    "200 that streams it": (200, streamed),
    "302 that leads on": (302, lambda key: b""),
}


@pytest.mark.parametrize("tale", TELL_TALES)
def test_a_provider_that_says_the_key_back_is_not_repeated(
    key: str, tale: str, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    status, body = TELL_TALES[tale]
    with canary() as server:
        server.reply = (status, _headers(server, key), body(key))
        run = run_against(server.port, "echo")
        assert server.hits
    assert leaks(key, run, caplog.text) == []


def _headers(server: CanaryServer, key: str) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Connection": "close",
        "x-request-id": key,
        "Location": f"http://127.0.0.1:{server.port}/{key}",
        "Set-Cookie": f"key={key}",
    }


def test_a_word_that_is_no_secret_may_be_answered(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Servers of one's own take any word for a key; a model may still say that word."""
    word = "positive"
    assert len(word) < LEAST_HIDDEN
    monkeypatch.setenv(NAME, word)
    with canary() as server:
        server.reply = (200, {"Content-Type": "application/json", "Connection": "close"}, completion(word))
        run = run_against(server.port, "echo")
    assert {blob.text for blob in Blob.objects.filter(pk__in=run.responses.values("output"))} == {
        "You sent Bearer positive."
    }
