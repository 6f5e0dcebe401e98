"""What is particular to Anthropic's messages; what holds for all kinds is in test_http_contract.py."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic.types import MessageCreateParams
from pydantic import TypeAdapter

from evaluations.providers import ErrorKind, ProviderError, Request
from evaluations.providers.failures import status_error
from evaluations.providers.messages_wire import MESSAGES, usage_of
from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.providers.calling import ask, make_request

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
SOUND = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
PARAMS: TypeAdapter[Any] = TypeAdapter(MessageCreateParams)


def sent(billing: BillingServer, request: Request) -> dict[str, Any]:
    """What arrived for a request; the official SDK's own types agree that it may be sent."""
    ask(billing, request, "anthropic")
    body = billing.requests[-1]
    PARAMS.validate_python(body)
    return body


def test_a_conversation_goes_out_with_its_system_message_beside_it(billing: BillingServer) -> None:
    messages = (
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "What is this?"},
    )
    body = sent(billing, make_request(messages=messages, parameters={"max_tokens": 50, "temperature": 0}))
    assert body["system"] == "Be brief."
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("echo", 50, 0)


def test_pictures_go_out_as_blocks_and_sound_is_refused_in_words(billing: BillingServer) -> None:
    far = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    content = [{"type": "text", "text": "What is this?"}, PICTURE, far]
    body = sent(billing, make_request(messages=({"role": "user", "content": content},)))
    assert body["messages"][0]["content"][1:] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}},
    ]
    with pytest.raises(ProviderError, match="neither sound nor video") as caught:
        ask(billing, make_request(messages=({"role": "user", "content": [SOUND]},)), "anthropic")
    assert (caught.value.kind, caught.value.never_sent) == (ErrorKind.PERMANENT, True)
    assert billing.seen == 1


def test_a_part_that_nobody_knows_is_said_so(billing: BillingServer) -> None:
    with pytest.raises(ProviderError, match="type “smell”"):
        ask(billing, make_request(messages=({"role": "user", "content": [{"type": "smell"}]},)), "anthropic")


def test_parameters_of_other_providers_get_their_name_here(billing: BillingServer) -> None:
    parameters = {"max_completion_tokens": 9, "stop": "END", "seed": 1, "model": "other", "stream": True}
    body = sent(billing, make_request(parameters=parameters))
    assert {name: body[name] for name in sorted(body)} == {
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "I love this great app"}],
        "model": "echo",
        "stop_sequences": ["END"],
    }


def test_a_schema_goes_out_without_the_bounds_the_protocol_refuses(billing: BillingServer) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]}
    body = sent(billing, make_request(api_id="json", json_schema=schema, parameters={"max_tokens": 9}))
    form = body["output_config"]["format"]
    assert (form["type"], form["schema"]["additionalProperties"]) == ("json_schema", False)
    assert form["schema"]["properties"]["n"] == {"type": "integer", "description": "{minimum: 1}"}


def test_a_schema_that_cannot_be_asked_for_is_said_so(billing: BillingServer) -> None:
    with pytest.raises(ProviderError, match="cannot be asked for this JSON schema"):
        ask(billing, make_request(json_schema={"type": ["integer", "null"]}), "anthropic")


def test_what_a_cache_held_and_took_is_part_of_the_input() -> None:
    usage = {
        "input_tokens": 5,
        "cache_creation_input_tokens": 3,
        "cache_read_input_tokens": 2,
        "output_tokens": 1,
    }
    assert usage_of(usage) == {"input": 10, "output": 1, "cached": 2}
    assert usage_of(None) == {}


def test_a_refusal_without_a_text_says_why_as_far_as_known(billing: BillingServer) -> None:
    assert ask(billing, make_request(api_id="refuse"), "anthropic").text == "I cannot help with that."


def test_a_tool_that_is_called_is_the_answer() -> None:
    start = {"type": "tool_use", "id": "t1", "name": "look", "input": {}}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm."}},
        {"type": "content_block_start", "index": 1, "content_block": start},
        {
            "type": "content_block_delta",
            "index": 1,
            "delta": {"type": "input_json_delta", "partial_json": '{"a"'},
        },
        {
            "type": "content_block_delta",
            "index": 1,
            "delta": {"type": "input_json_delta", "partial_json": ": 1}"},
        },
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 7}},
        {"type": "message_stop"},
    ]
    collected = MESSAGES.streamed()
    for event in events:
        collected.add(f"event: {event['type']}")
        assert not collected.add(f"data: {json.dumps(event)}")
    reply = collected.reply(make_request(stream=True))
    assert json.loads(reply.text)[0]["input"] == {"a": 1}
    assert (reply.finish_reason, reply.usage["output"]) == ("tool_use", 7)


def test_an_account_without_money_stops_the_run_although_it_comes_as_a_bad_request() -> None:
    message = "Your credit balance is too low to access the Anthropic API."
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": message}}
    assert status_error(400, {}, json.dumps(error).encode()).stops_run
