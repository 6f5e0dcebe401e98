from __future__ import annotations

import asyncio
import json
import logging
import time

import pytest

from evaluations.providers import ErrorKind, ProviderError, get_adapter
from evaluations.providers.openai_like import is_strict
from evaluations.providers.outbound import build_client
from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.providers.calling import ask, make_request, policy_for, settings_for

KEY = "sk-canary-4f9a1b77c2"
both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
SCHEMA = {
    "type": "object",
    "properties": {"sentiment": {"type": "integer"}},
    "required": ["sentiment"],
    "additionalProperties": False,
}


@both_ways
def test_a_reply_carries_all_that_is_stored(billing: BillingServer, stream: bool) -> None:
    reply = ask(billing, make_request(stream=stream))
    assert reply.text == "I love this great app"
    assert reply.usage == {"input": 9, "output": 6, "cached": 2}
    assert (reply.resolved_model, reply.fingerprint) == ("echo-2026-01-01", "fp_billing")
    assert (reply.finish_reason, reply.error_class) == ("stop", "")
    assert reply.provider_request_id.startswith("chatcmpl-")
    assert b"fp_billing" in reply.raw
    assert billing.headers[0]["x-client-request-id"] == "item-1-1"


def test_time_to_first_token_is_known_when_streamed(billing: BillingServer) -> None:
    billing.switch(latency_ms=80)
    assert ask(billing).first_token_ms is None
    reply = ask(billing, make_request(stream=True))
    assert reply.first_token_ms is not None
    assert 80 <= reply.first_token_ms <= reply.latency_ms


@both_ways
@pytest.mark.parametrize(
    ("model", "error_class", "finish_reason"),
    [("refuse", "refusal", "stop"), ("filtered", "refusal", "content_filter"), ("capped", "", "length")],
)
def test_model_errors_are_results(
    billing: BillingServer, stream: bool, model: str, error_class: str, finish_reason: str
) -> None:
    reply = ask(billing, make_request(api_id=model, stream=stream))
    assert (reply.error_class, reply.finish_reason) == (error_class, finish_reason)
    assert reply.text != ""


def test_text_where_json_was_asked_for_is_malformed(billing: BillingServer) -> None:
    assert ask(billing, make_request(json_schema=SCHEMA)).error_class == "malformed"
    assert ask(billing, make_request(api_id="json", json_schema=SCHEMA)).error_class == ""
    cut = make_request('{"sentiment": 5}', api_id="capped", json_schema=SCHEMA)
    assert ask(billing, cut).error_class == "too_long"


@both_ways
@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        ("400", ErrorKind.PERMANENT, 400),
        ("policy", ErrorKind.PERMANENT, 400),
        ("401", ErrorKind.UNAUTHORIZED, 401),
        ("quota", ErrorKind.UNAUTHORIZED, 429),
        ("403", ErrorKind.PERMANENT, 403),
        ("404", ErrorKind.GONE, 404),
        ("429", ErrorKind.RATE_LIMITED, 429),
        ("500", ErrorKind.RETRYABLE, 500),
        ("502", ErrorKind.RETRYABLE, 502),
        ("503", ErrorKind.RETRYABLE, 503),
        ("redirect", ErrorKind.PERMANENT, 302),
        ("truncated", ErrorKind.RETRYABLE, 200),
        ("error200", ErrorKind.RETRYABLE, 200),
        ("empty", ErrorKind.RETRYABLE, 200),
        ("reset", ErrorKind.RETRYABLE, None),
        ("huge", ErrorKind.PERMANENT, None),
    ],
)
def test_each_fault_has_its_class(
    billing: BillingServer, stream: bool, fault: str, kind: ErrorKind, status: int | None
) -> None:
    with pytest.raises(ProviderError) as caught:
        ask(billing, make_request(api_id=f"fault-{fault}", stream=stream))
    assert (caught.value.kind, caught.value.status) == (kind, status)
    assert not caught.value.never_sent
    assert billing.seen == 1, "a failed call must not be repeated inside the adapter"


@both_ways
@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_provider_that_never_finishes_is_left_in_time(
    billing: BillingServer, stream: bool, fault: str
) -> None:
    started = time.monotonic()
    with pytest.raises(ProviderError, match=r"No reply within 0\.4 seconds") as caught:
        ask(billing, make_request(api_id=f"fault-{fault}", stream=stream), timeout_s=0.4)
    assert caught.value.kind is ErrorKind.RETRYABLE
    assert time.monotonic() - started < 2


def test_retry_after_is_read(billing: BillingServer) -> None:
    billing.switch(retry_after=7)
    with pytest.raises(ProviderError) as caught:
        ask(billing, make_request(api_id="fault-429"))
    assert caught.value.retry_after == 7.0


def test_no_connection_is_retryable(billing: BillingServer) -> None:
    billing.stop()
    with pytest.raises(ProviderError, match="connection to the provider failed") as caught:
        ask(billing)
    assert (caught.value.kind, caught.value.never_sent) == (ErrorKind.RETRYABLE, True)


def test_an_address_that_is_not_allowed_stops_the_run(billing: BillingServer) -> None:
    async def call() -> None:
        async with build_client() as client:
            await get_adapter("openai_like").call(make_request(), settings_for(billing), client)

    with pytest.raises(ProviderError, match="PLUMBLINE_PRIVATE_ENDPOINTS") as caught:
        asyncio.run(call())
    assert caught.value.stops_run
    assert caught.value.never_sent
    assert billing.seen == 0


def test_schema_parameters_and_parts_go_out_as_they_are(billing: BillingServer) -> None:
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
    ]
    parameters = {"temperature": 0, "max_tokens": 50, "top_k": 3, "model": "other", "messages": []}
    request = make_request(parameters=parameters, json_schema=SCHEMA)
    ask(billing, make_request(messages=({"role": "user", "content": parts},), parameters=parameters))
    ask(billing, request)
    first, second = billing.requests
    assert first["messages"] == [{"role": "user", "content": parts}]
    assert {name: second[name] for name in ("temperature", "max_tokens", "top_k", "model")} == {
        "temperature": 0,
        "max_tokens": 50,
        "top_k": 3,
        "model": "echo",
    }
    assert second["response_format"]["json_schema"] == {"name": "output", "schema": SCHEMA, "strict": True}


def test_strict_mode_is_asked_only_of_schemas_that_keep_its_rules() -> None:
    assert is_strict(SCHEMA)
    assert not is_strict({**SCHEMA, "required": []})
    assert not is_strict({"type": "array", "items": {"type": "object", "properties": {}}})


def test_a_key_goes_out_as_bearer_and_is_not_in_any_message(
    billing: BillingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUMBLINE_KEY_ACME", KEY)
    ask(billing, secret_name="PLUMBLINE_KEY_ACME")
    assert billing.headers[0]["authorization"] == f"Bearer {KEY}"
    for fault in ("401", "400", "500", "error200", "hang"):
        request = make_request(f"Bearer {KEY}", api_id=f"fault-{fault}")
        with pytest.raises(ProviderError) as caught:
            ask(billing, request, secret_name="PLUMBLINE_KEY_ACME", timeout_s=0.3)
        assert "canary" not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"


def test_a_key_is_not_in_the_logs_even_when_everything_is_logged(
    billing: BillingServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PLUMBLINE_KEY_ACME", KEY)
    for name in ("", "openai", "httpx2", "httpcore2", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    ask(billing, secret_name="PLUMBLINE_KEY_ACME")
    with pytest.raises(ProviderError):
        ask(billing, make_request(api_id="fault-500"), secret_name="PLUMBLINE_KEY_ACME")
    assert len(caplog.records) > 5
    assert "canary" not in caplog.text


def test_nothing_of_the_machines_environment_reaches_a_provider(
    billing: BillingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", "canary")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer canary\nX-Canary: canary")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/canary")
    ask(billing)
    assert "canary" not in json.dumps([billing.headers, billing.requests])
    assert "authorization" not in billing.headers[0]


def test_connection_test_says_what_works(billing: BillingServer) -> None:
    async def introduce(api_id: str) -> str:
        async with build_client(policy_for(billing)) as client:
            return await get_adapter("openai_like").test_connection(settings_for(billing), client, api_id)

    host = f"127.0.0.1:{billing.port}"
    assert asyncio.run(introduce("echo")) == f"{host} answers and lists 6 models, echo among them."
    with pytest.raises(ProviderError, match="does not list the model other") as caught:
        asyncio.run(introduce("other"))
    assert caught.value.kind is ErrorKind.GONE
    assert billing.bill() == []


def test_broken_text_survives_in_the_raw_bytes(billing: BillingServer) -> None:
    reply = ask(billing, make_request("nul \x00 and é"))
    assert reply.text == "nul \x00 and é"
    assert b"\\u0000" in reply.raw
