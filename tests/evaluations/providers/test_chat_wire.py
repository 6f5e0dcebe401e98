"""Whatever a server sends: a Reply or a ProviderError, never another exception."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from evaluations.providers import ProviderError, Reply
from evaluations.providers.chat_wire import CHAT, usage_of
from evaluations.providers.wire import error_class
from tests.evaluations.providers.calling import make_request

words = st.sampled_from(
    [
        "choices",
        "message",
        "delta",
        "content",
        "error",
        "code",
        "usage",
        "prompt_tokens",
        "finish_reason",
        "refusal",
    ]
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5), words
)
settings = hypothesis_settings(max_examples=300)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.one_of(values, st.lists(st.dictionaries(words, values, max_size=4), max_size=2)),
        "error": values,
        "usage": values,
        "model": values,
    },
)


@settings
@given(bodies)
def test_odd_bodies_are_replies_or_provider_errors(body: dict[str, Any]) -> None:
    try:
        reply = CHAT.whole(json.dumps(body).encode(), make_request())
    except ProviderError:
        return
    assert isinstance(reply.text, str)
    assert all(isinstance(count, int) and count >= 0 for count in reply.usage.values())


@settings
@given(st.lists(st.one_of(bodies.map(json.dumps), st.text(max_size=20), st.just("[DONE]")), max_size=5))
def test_odd_streams_are_replies_or_provider_errors(lines: list[str]) -> None:
    collected = CHAT.streamed()
    try:
        for line in lines:
            collected.add(f"data: {line}")
        reply = collected.reply(make_request(stream=True))
    except ProviderError:
        return
    assert isinstance(reply, Reply)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"choices": [{"mess']
)
def test_bodies_that_are_no_object_are_tried_again(body: bytes) -> None:
    with pytest.raises(ProviderError, match="cut off") as caught:
        CHAT.whole(body, make_request())
    assert caught.value.retried


def test_parts_of_text_and_tool_calls_are_text() -> None:
    parts = {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
    assert CHAT.whole(_body(parts), make_request()).text == "ab"
    calls = {"content": None, "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]}
    assert json.loads(CHAT.whole(_body(calls), make_request()).text)[0]["function"]["name"] == "f"


def _body(message: dict[str, Any]) -> bytes:
    return json.dumps({"choices": [{"message": message}]}).encode()


@pytest.mark.parametrize(
    ("text", "refusal", "finish_reason", "json_asked", "expected"),
    [
        ("positive", "", "length", False, ""),
        ("", "", "length", False, "too_long"),
        ('{"a": 1', "", "length", True, "too_long"),
        ('{"a": 1}', "", "length", True, ""),
        ('{"a": 1', "", "stop", True, "malformed"),
        ("", "No.", "stop", True, "refusal"),
        ("half", "", "content_filter", False, "refusal"),
        ("", "", "stop", False, ""),
    ],
)
def test_model_error_classes(
    text: str, refusal: str, finish_reason: str, json_asked: bool, expected: str
) -> None:
    assert error_class(text, refusal, finish_reason, json_asked) == expected


def test_usage_that_is_not_said_is_empty_not_zero() -> None:
    assert usage_of(None) == {}
    odd = {"prompt_tokens": "7", "completion_tokens": -1, "prompt_tokens_details": [1]}
    assert usage_of(odd) == {"input": 0, "output": 0, "cached": 0}
    assert usage_of({"prompt_tokens": 3}) == {"input": 3, "output": 0, "cached": 0}
