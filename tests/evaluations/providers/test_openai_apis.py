"""What is particular to the apis of an OpenAI-like server; what holds for all kinds is in test_http_contract.py."""

from __future__ import annotations

import json

import pytest

from evaluations.providers import ErrorKind, ProviderError
from evaluations.providers.openai_apis import is_strict
from evaluations.providers.responses_wire import RESPONSES
from evaluations.providers.sound_wire import spoken
from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.providers.calling import ask, make_request
from tests.evaluations.providers.test_http_contract import SCHEMA

SOUND = {"type": "input_audio", "input_audio": {"data": "aGVsbG8=", "format": "mp3"}}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def test_chat_schema_parameters_and_parts_go_out_as_they_are(billing: BillingServer) -> None:
    parts = [{"type": "text", "text": "What is this?"}, PICTURE, SOUND]
    parameters = {
        "temperature": 0,
        "max_tokens": 50,
        "top_k": 3,
        "model": "other",
        "messages": [],
        "api": "chat",
    }
    ask(billing, make_request(messages=({"role": "user", "content": parts},), parameters=parameters))
    ask(billing, make_request(parameters=parameters, json_schema=SCHEMA))
    first, second = billing.requests
    assert first["messages"] == [{"role": "user", "content": parts}]
    assert {name: first[name] for name in first if name != "messages"} == {
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


def test_an_api_nobody_knows_is_said_so(billing: BillingServer) -> None:
    with pytest.raises(ProviderError, match="There is no api “telepathy”") as caught:
        ask(billing, make_request(parameters={"api": "telepathy"}))
    assert (caught.value.kind, billing.seen) == (ErrorKind.PERMANENT, 0)


def test_responses_take_the_conversation_and_are_not_kept_there(billing: BillingServer) -> None:
    messages = (
        {"role": "system", "content": "Be brief."},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, PICTURE]},
    )
    parameters = {"api": "responses", "max_tokens": 50, "reasoning": {"effort": "low"}}
    ask(billing, make_request(messages=messages, parameters=parameters, json_schema=SCHEMA, api_id="json"))
    assert billing.requests == [
        {
            "store": False,
            "max_output_tokens": 50,
            "reasoning": {"effort": "low"},
            "model": "json",
            "input": [
                {"role": "system", "content": [{"type": "input_text", "text": "Be brief."}]},
                {"role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]},
                {
                    "role": "user",
                    "content": [
                        {"type": "input_text", "text": "What is this?"},
                        {"type": "input_image", "image_url": PICTURE["image_url"]["url"]},  # type: ignore[index]
                    ],
                },
            ],
            "text": {"format": {"type": "json_schema", "name": "output", "schema": SCHEMA, "strict": True}},
        }
    ]


def test_a_response_that_failed_there_is_no_result() -> None:
    failed = {"status": "failed", "error": {"code": "server_error", "message": "Sorry."}, "output": []}
    ended = json.dumps({"type": "response.failed", "response": failed})
    for lines in (
        [ended],
        [json.dumps({"type": "error", "code": "rate_limit_exceeded", "message": "Slow."})],
    ):
        collected = RESPONSES.streamed()
        for line in lines:
            collected.add(f"data: {line}")
        with pytest.raises(ProviderError, match="Sorry|Slow") as caught:
            collected.reply(make_request(stream=True))
        assert caught.value.retried


def test_a_response_still_under_way_is_no_result() -> None:
    with pytest.raises(ProviderError, match="holds no answer"):
        RESPONSES.whole(b'{"status": "queued", "output": []}', make_request())


def test_a_sound_is_sent_as_a_file_and_comes_back_as_text(billing: BillingServer) -> None:
    parameters = {"api": "transcriptions", "language": "en", "max_tokens": 4096}
    parameters |= {"timestamp_granularities": ["word"], "chunking_strategy": {"type": "auto"}}
    request = make_request(
        messages=({"role": "user", "content": [SOUND]},), parameters=parameters, stream=True
    )
    reply = ask(billing, request)
    assert (reply.text, reply.usage["input"]) == ("hello", 5)
    assert billing.requests == [
        {
            "model": "echo",
            "language": "en",
            "timestamp_granularities[]": "word",
            "chunking_strategy[type]": "auto",
            "response_format": "json",
            "file": "hello",
            "filename": "sound.mp3",
        }
    ]


@pytest.mark.parametrize("content", ["text", [SOUND, SOUND]])
def test_a_transcription_needs_one_sound(billing: BillingServer, content: object) -> None:
    request = make_request(
        messages=({"role": "user", "content": content},), parameters={"api": "transcriptions"}
    )
    with pytest.raises(ProviderError, match="needs a case with one sound") as caught:
        ask(billing, request)
    assert (caught.value.kind, billing.seen) == (ErrorKind.PERMANENT, 0)


def test_a_text_comes_back_as_a_vector(billing: BillingServer) -> None:
    reply = ask(
        billing, make_request("aloe", parameters={"api": "embeddings", "dimensions": 5, "max_tokens": 9})
    )
    assert json.loads(reply.text) == [1 / 8, 1 / 8, 0, 1 / 8, 0]
    assert reply.usage == {"input": 5, "output": 0, "cached": 0}
    assert billing.requests == [
        {"model": "echo", "input": "aloe", "dimensions": 5, "encoding_format": "float"}
    ]


def test_a_text_is_spoken_and_kept_as_sound(billing: BillingServer) -> None:
    billing.switch(latency_ms=50)
    request = make_request(
        "hello there", parameters={"api": "speech", "voice": "nova", "max_tokens": 9}, stream=True
    )
    reply = ask(billing, request)
    assert (reply.media_type, reply.media[:4], reply.media[-11:]) == ("audio/wav", b"RIFF", b"hello there")
    assert reply.first_token_ms is not None and 50 <= reply.first_token_ms <= reply.latency_ms
    assert billing.requests == [
        {"model": "echo", "voice": "nova", "response_format": "wav", "input": "hello there"}
    ]
    assert len(billing.bill()) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("401", ErrorKind.UNAUTHORIZED),
        ("404", ErrorKind.GONE),
        ("429", ErrorKind.RATE_LIMITED),
        ("503", ErrorKind.RETRYABLE),
        ("error200", ErrorKind.RETRYABLE),
        ("empty", ErrorKind.RETRYABLE),
        ("hang", ErrorKind.RETRYABLE),
        ("reset", ErrorKind.RETRYABLE),
        ("redirect", ErrorKind.PERMANENT),
    ],
)
def test_speech_that_did_not_come_is_no_answer(billing: BillingServer, fault: str, kind: ErrorKind) -> None:
    with pytest.raises(ProviderError) as caught:
        ask(billing, make_request(api_id=f"fault-{fault}", parameters={"api": "speech"}), timeout_s=0.8)
    assert caught.value.kind is kind


@pytest.mark.parametrize(
    ("raw", "said", "words"),
    [
        (b"", "audio/wav", "holds no sound"),
        (b"<html>", "text/html", "holds no sound"),
        (b'{"error": "Sorry"}', "audio/wav", "Sorry"),
        (b"....", "audio/pcm", "ask for wav"),
    ],
)
def test_what_is_no_sound_is_said_so(raw: bytes, said: str, words: str) -> None:
    with pytest.raises(ProviderError, match=words):
        spoken(raw, said, make_request(), "")


def test_a_call_without_a_text_is_not_made(billing: BillingServer) -> None:
    with pytest.raises(ProviderError, match="has no text"):
        ask(billing, make_request(" ", parameters={"api": "speech"}))
    assert billing.seen == 0
