"""The billing server speaks as the providers do: their own SDKs understand it. And whatever a server says is a Reply or a ProviderError."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import openai
import pytest
from google import genai
from google.genai import errors, types
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from evaluations.providers import ProviderError, Reply
from evaluations.providers.chat_wire import CHAT
from evaluations.providers.generate_wire import GENERATE
from evaluations.providers.messages_wire import MESSAGES
from evaluations.providers.responses_wire import RESPONSES
from evaluations.providers.sound_wire import TRANSCRIPT, VECTOR
from evaluations.providers.wire import Format
from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.providers.calling import make_request

MESSAGE: Any = [{"role": "user", "content": "one two"}]


def test_anthropics_sdk_understands_the_server(billing: BillingServer) -> None:
    sdk = anthropic.Anthropic(api_key="none", base_url=billing.root, max_retries=0)
    whole = sdk.messages.create(model="echo", max_tokens=9, messages=MESSAGE)
    with sdk.messages.stream(model="echo", max_tokens=9, messages=MESSAGE) as stream:
        streamed = stream.get_final_message()
    for message in (whole, streamed):
        assert [block.type for block in message.content] == ["text"]
        assert (message.stop_reason, message.usage.output_tokens) == ("end_turn", 3)
    assert sdk.messages.create(model="refuse", max_tokens=9, messages=MESSAGE).stop_reason == "refusal"
    assert [model.id for model in sdk.models.list()][0] == "echo"
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        sdk.messages.create(model="fault-529", max_tokens=9, messages=MESSAGE)


def test_googles_sdk_understands_the_server(billing: BillingServer) -> None:
    options = types.HttpOptions(base_url=billing.root)
    sdk = genai.Client(api_key="none", vertexai=False, http_options=options)
    whole = sdk.models.generate_content(model="echo", contents="one two")
    chunks = list(sdk.models.generate_content_stream(model="echo", contents="one two"))
    assert whole.text == "".join(chunk.text or "" for chunk in chunks) == "one two"
    assert whole.usage_metadata and whole.usage_metadata.thoughts_token_count == 1
    blocked = sdk.models.generate_content(model="refuse", contents="one two")
    assert blocked.prompt_feedback and blocked.prompt_feedback.block_reason == "PROHIBITED_CONTENT"
    assert next(iter(sdk.models.list())).name == "models/echo"
    with pytest.raises(errors.APIError, match="does not exist"):
        sdk.models.generate_content(model="gone", contents="one two")


def test_openais_sdk_understands_the_server(billing: BillingServer) -> None:
    sdk = openai.OpenAI(api_key="none", base_url=billing.base_url, max_retries=0)
    whole = sdk.chat.completions.create(model="echo", messages=MESSAGE)
    chunks = list(sdk.chat.completions.create(model="echo", messages=MESSAGE, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert whole.choices[0].message.content == text == "one two"
    asked = sdk.responses.create(model="echo", input=MESSAGE)
    with sdk.responses.stream(model="echo", input=MESSAGE) as stream:
        streamed = stream.get_final_response()
    assert asked.output_text == streamed.output_text == "one two"
    assert sdk.audio.transcriptions.create(model="echo", file=("a.wav", b"one two")).text == "one two"
    assert (
        len(sdk.embeddings.create(model="echo", input="one", encoding_format="float").data[0].embedding) == 5
    )


names = st.sampled_from(
    [
        "type", "message", "content", "content_block", "delta", "index", "text", "usage", "stop_reason", "stop_details",
        "message_start", "content_block_start", "content_block_delta", "message_delta", "message_stop", "input_tokens",
        "candidates", "parts", "finishReason", "promptFeedback", "blockReason", "usageMetadata", "modelVersion",
        "functionCall", "error", "code", "details", "choices", "finish_reason", "tool_use", "input",
        "output", "status", "completed", "incomplete", "response", "response.completed",
        "incomplete_details", "refusal", "data", "embedding",
    ]
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | names
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
bodies = st.dictionaries(names, values, max_size=5)
calm = hypothesis_settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
FORMATS = {
    "chat": CHAT,
    "responses": RESPONSES,
    "transcript": TRANSCRIPT,
    "vector": VECTOR,
    "messages": MESSAGES,
    "generate": GENERATE,
}
every_format = pytest.mark.parametrize(
    "form", [CHAT, MESSAGES, GENERATE], ids=["chat", "messages", "generate"]
)


@every_format
@calm
@given(bodies)
def test_odd_bodies_are_replies_or_provider_errors(form: Format, body: dict[str, Any]) -> None:
    try:
        reply = form.whole(json.dumps(body).encode(), make_request())
    except ProviderError:
        return
    assert isinstance(reply.text, str)
    assert all(isinstance(count, int) and count >= 0 for count in reply.usage.values())


@every_format
@calm
@given(st.lists(bodies, max_size=6))
def test_odd_streams_are_replies_or_provider_errors(form: Format, chunks: list[dict[str, Any]]) -> None:
    collected = form.streamed()
    try:
        for chunk in chunks:
            collected.add(f"data: {json.dumps(chunk)}")
        reply = collected.reply(make_request(stream=True))
    except ProviderError:
        return
    assert isinstance(reply, Reply)
