"""What holds for every kind that calls over HTTP, each tried against a server that speaks its protocol."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from pathlib import Path

import pytest

from evaluations.providers import ErrorKind, ProviderError, get_adapter
from evaluations.providers.connection import try_connection
from evaluations.providers.outbound import Policy, build_client
from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.providers.calling import ask, by_api, introduce, make_request, settings_for

KEY = "sk-canary-4f9a1b77c2"
SCHEMA = {
    "type": "object",
    "properties": {"sentiment": {"type": "integer"}},
    "required": ["sentiment"],
    "additionalProperties": False,
}
KINDS = ("openai_like", "openai_like:responses", "anthropic", "google")
WAYS = (*KINDS, "openai_like:transcriptions", "openai_like:embeddings")
both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
every_kind = pytest.mark.parametrize("kind", KINDS)
every_way = pytest.mark.parametrize("kind", WAYS)


@both_ways
@every_kind
def test_a_reply_carries_all_that_is_stored(billing: BillingServer, kind: str, stream: bool) -> None:
    reply = ask(billing, make_request(stream=stream), kind)
    assert reply.text == "I love this great app"
    assert reply.usage == {"input": 9, "output": 6, "cached": 2}
    assert reply.resolved_model == "echo-2026-01-01"
    assert (reply.finish_reason, reply.error_class) == ("stop", "")
    assert reply.provider_request_id.rstrip("0123456789") in ("chatcmpl-", "req_", "resp")
    assert b"echo-2026-01-01" in reply.raw
    assert [line["request_id"] for line in billing.bill()] == ["item-1-1"]


@every_kind
def test_time_to_first_token_is_known_when_streamed(billing: BillingServer, kind: str) -> None:
    billing.switch(latency_ms=80)
    assert ask(billing, None, kind).first_token_ms is None
    reply = ask(billing, make_request(stream=True), kind)
    assert reply.first_token_ms is not None
    assert 80 <= reply.first_token_ms <= reply.latency_ms


@both_ways
@every_kind
@pytest.mark.parametrize(
    ("model", "error_class", "finish_reason", "text"),
    [
        ("filtered", "refusal", "content_filter", "I love thi"),
        ("capped", "", "length", "I love thi"),
    ],
)
def test_a_cut_answer_is_a_result_and_says_what_cut_it(
    billing: BillingServer,
    kind: str,
    stream: bool,
    model: str,
    error_class: str,
    finish_reason: str,
    text: str,
) -> None:
    reply = ask(billing, make_request(api_id=model, stream=stream), kind)
    assert (reply.error_class, reply.finish_reason, reply.text) == (error_class, finish_reason, text)


@both_ways
@every_kind
def test_a_refusal_is_a_result(billing: BillingServer, kind: str, stream: bool) -> None:
    reply = ask(billing, make_request(api_id="refuse", stream=stream), kind)
    assert reply.error_class == "refusal"
    assert reply.usage["input"] == 9


@both_ways
@every_kind
def test_text_where_json_was_asked_for_is_malformed(billing: BillingServer, kind: str, stream: bool) -> None:
    asked = make_request(json_schema=SCHEMA, stream=stream)
    assert ask(billing, asked, kind).error_class == "malformed"
    good = make_request(api_id="json", json_schema=SCHEMA, stream=stream)
    assert ask(billing, good, kind).error_class == ""
    cut = make_request('{"sentiment": 5}', api_id="capped", json_schema=SCHEMA, stream=stream)
    assert ask(billing, cut, kind).error_class == "too_long"


@both_ways
@every_way
@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        ("400", ErrorKind.PERMANENT, 400),
        ("401", ErrorKind.UNAUTHORIZED, 401),
        ("404", ErrorKind.GONE, 404),
        ("429", ErrorKind.RATE_LIMITED, 429),
        ("500", ErrorKind.RETRYABLE, 500),
        ("502", ErrorKind.RETRYABLE, 502),
        ("503", ErrorKind.RETRYABLE, 503),
        ("529", ErrorKind.RETRYABLE, 529),
        ("redirect", ErrorKind.PERMANENT, 302),
        ("truncated", ErrorKind.RETRYABLE, 200),
        ("error200", ErrorKind.RETRYABLE, 200),
        ("midstream", ErrorKind.RETRYABLE, 200),
        ("empty", ErrorKind.RETRYABLE, 200),
        ("reset", ErrorKind.RETRYABLE, None),
        ("huge", ErrorKind.PERMANENT, None),
    ],
)
def test_each_fault_has_its_class(
    billing: BillingServer, kind: str, stream: bool, fault: str, error: ErrorKind, status: int | None
) -> None:
    with pytest.raises(ProviderError) as caught:
        ask(billing, make_request(api_id=f"fault-{fault}", stream=stream), kind)
    if (kind, fault) == ("google", "401"):
        status = 400  # A wrong key is a bad request there.
    assert (caught.value.kind, caught.value.status) == (error, status)
    assert not caught.value.never_sent
    assert billing.seen == 1, "a failed call must not be repeated inside the adapter"


@pytest.mark.parametrize(
    ("kind", "fault", "error"),
    [
        ("openai_like", "quota", ErrorKind.UNAUTHORIZED),
        ("anthropic", "quota", ErrorKind.UNAUTHORIZED),
        ("google", "quota", ErrorKind.RATE_LIMITED),
        ("openai_like", "policy", ErrorKind.PERMANENT),
        ("openai_like", "403", ErrorKind.PERMANENT),
        ("anthropic", "403", ErrorKind.PERMANENT),
        ("google", "403", ErrorKind.UNAUTHORIZED),
    ],
)
def test_what_only_some_can_say_has_its_class_too(
    billing: BillingServer, kind: str, fault: str, error: ErrorKind
) -> None:
    with pytest.raises(ProviderError) as caught:
        ask(billing, make_request(api_id=f"fault-{fault}"), kind)
    assert caught.value.kind is error


@both_ways
@every_way
@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_provider_that_never_finishes_is_left_in_time(
    billing: BillingServer, kind: str, stream: bool, fault: str
) -> None:
    get_adapter(kind.partition(":")[0])
    started = time.monotonic()
    with pytest.raises(ProviderError, match=r"No reply within 0\.4 seconds") as caught:
        ask(billing, make_request(api_id=f"fault-{fault}", stream=stream), kind, timeout_s=0.4)
    assert caught.value.kind is ErrorKind.RETRYABLE
    assert time.monotonic() - started < 30


@every_way
def test_retry_after_is_read(billing: BillingServer, kind: str) -> None:
    billing.switch(retry_after=7)
    with pytest.raises(ProviderError) as caught:
        ask(billing, make_request(api_id="fault-429"), kind)
    assert caught.value.retry_after == 7.0


@every_way
def test_no_connection_is_retryable(billing: BillingServer, kind: str) -> None:
    billing.stop()
    with pytest.raises(ProviderError, match="connection to the provider failed") as caught:
        ask(billing, None, kind)
    assert (caught.value.kind, caught.value.never_sent) == (ErrorKind.RETRYABLE, True)


@every_way
def test_an_address_that_is_not_allowed_stops_the_run(billing: BillingServer, kind: str) -> None:
    async def call() -> None:
        async with build_client() as client:
            settings = settings_for(billing, kind)
            request = by_api(make_request(), kind.partition(":")[2])
            await get_adapter(settings.adapter).call(request, settings, client)

    with pytest.raises(ProviderError, match="PLUMBLINE_PRIVATE_ENDPOINTS") as caught:
        asyncio.run(call())
    assert caught.value.stops_run
    assert caught.value.never_sent
    assert billing.seen == 0
    assert not try_connection(settings_for(billing, kind), Policy()).works


@every_way
def test_a_key_goes_out_in_its_header_and_is_not_in_any_message(
    billing: BillingServer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("PLUMBLINE_KEY_ACME", KEY)
    ask(billing, None, kind, secret_name="PLUMBLINE_KEY_ACME")
    name, value = ("x-goog-api-key", KEY) if kind == "google" else ("authorization", f"Bearer {KEY}")
    assert billing.headers[0][name] == value
    assert KEY not in json.dumps({key: said for key, said in billing.headers[0].items() if key != name})
    for fault in ("401", "400", "500", "error200", "hang"):
        request = make_request(f"Bearer {KEY}", api_id=f"fault-{fault}")
        with pytest.raises(ProviderError) as caught:
            ask(billing, request, kind, secret_name="PLUMBLINE_KEY_ACME", timeout_s=0.3)
        assert "canary" not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"


@both_ways
@every_kind
def test_a_key_that_is_sent_back_is_hidden(
    billing: BillingServer, monkeypatch: pytest.MonkeyPatch, kind: str, stream: bool
) -> None:
    monkeypatch.setenv("PLUMBLINE_KEY_ACME", KEY)
    request = make_request(f"You sent {KEY} to me", stream=stream)
    reply = ask(billing, request, kind, secret_name="PLUMBLINE_KEY_ACME")
    assert reply.text == "You sent [key] to me"
    assert KEY.encode() not in reply.raw


@every_kind
def test_a_key_is_not_in_the_logs_even_when_everything_is_logged(
    billing: BillingServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    monkeypatch.setenv("PLUMBLINE_KEY_ACME", KEY)
    for name in ("", "openai", "anthropic", "httpx2", "httpcore2", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    ask(billing, None, kind, secret_name="PLUMBLINE_KEY_ACME")
    with pytest.raises(ProviderError):
        ask(billing, make_request(api_id="fault-500"), kind, secret_name="PLUMBLINE_KEY_ACME")
    assert len(caplog.records) > 5
    assert "canary" not in caplog.text


@every_kind
def test_nothing_of_the_machines_environment_reaches_a_provider(
    billing: BillingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", "canary")
    for name in ("API_KEY", "AUTH_TOKEN", "PROFILE", "WEBHOOK_SIGNING_KEY"):
        monkeypatch.setenv(f"ANTHROPIC_{name}", "canary")
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.setenv(name, "canary")
    for name in ("OPENAI", "ANTHROPIC"):
        monkeypatch.setenv(f"{name}_CUSTOM_HEADERS", "Authorization: Bearer canary\nX-Canary: canary")
        monkeypatch.setenv(f"{name}_BASE_URL", "http://127.0.0.1:9/canary")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9/canary")
    ask(billing, None, kind)
    introduce(billing, "echo", kind)
    assert "canary" not in json.dumps([billing.headers, billing.requests])
    assert not {"authorization", "x-api-key", "x-goog-api-key"} & set(billing.headers[0])


@every_kind
def test_connection_test_says_what_works(billing: BillingServer, kind: str) -> None:
    host = f"127.0.0.1:{billing.port}"
    assert introduce(billing, "echo", kind) == f"{host} answers and lists 7 models, echo among them."
    with pytest.raises(ProviderError, match="does not list the model other") as caught:
        introduce(billing, "other", kind)
    assert caught.value.kind is ErrorKind.GONE
    assert billing.bill() == []


@every_kind
def test_broken_text_survives_in_the_raw_bytes(billing: BillingServer, kind: str) -> None:
    reply = ask(billing, make_request("nul \x00 and é"), kind)
    assert reply.text == "nul \x00 and é"
    assert b"\\u0000" in reply.raw
