"""What is particular to Google's generateContent; what holds for all kinds is in test_http_contract.py."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.genai import types

from evaluations.providers import ErrorKind, ProviderError, ProviderSettings, Request
from evaluations.providers.generate_wire import GENERATE, usage_of
from evaluations.providers.google import _model_path, _root
from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.providers.calling import ask, make_request


def sent(billing: BillingServer, request: Request) -> dict[str, Any]:
    """What arrived for a request; the official SDK's own types, which forbid what they do not know, agree with it."""
    ask(billing, request, "google")
    body = billing.requests[-1]
    for content in (*body["contents"], *filter(None, [body.get("systemInstruction")])):
        types.Content.model_validate(content)
    types.GenerationConfig.model_validate(body["generationConfig"])
    return body


def test_a_conversation_goes_out_with_its_system_message_beside_it(billing: BillingServer) -> None:
    messages = (
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "What is this?"},
    )
    body = sent(billing, make_request(messages=messages))
    assert body["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert [content["role"] for content in body["contents"]] == ["user", "model", "user"]
    assert body["contents"][2]["parts"] == [{"text": "What is this?"}]


def test_pictures_sound_and_video_go_out_inline(billing: BillingServer) -> None:
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "input_audio", "input_audio": {"data": "BBBB", "format": "wav"}},
        {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}},
        {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,CCCC"}},
    ]
    body = sent(billing, make_request(messages=({"role": "user", "content": content},)))
    assert body["contents"][0]["parts"][1:] == [
        {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
        {"inlineData": {"mimeType": "audio/wav", "data": "BBBB"}},
        {"fileData": {"fileUri": "https://example.org/cat.png"}},
        {"inlineData": {"mimeType": "video/mp4", "data": "CCCC"}},
    ]


def test_parameters_get_their_name_here_and_schemas_their_place(billing: BillingServer) -> None:
    parameters = {
        "max_tokens": 50,
        "temperature": 0,
        "top_k": 3,
        "seed": 1,
        "stop": "END",
        "thinkingConfig": {"thinkingBudget": 0},
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}],
        "contents": "mine",
    }
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}
    body = sent(billing, make_request(api_id="json", parameters=parameters, json_schema=schema))
    assert body["generationConfig"] == {
        "maxOutputTokens": 50,
        "temperature": 0,
        "topK": 3,
        "seed": 1,
        "stopSequences": ["END"],
        "thinkingConfig": {"thinkingBudget": 0},
        "responseMimeType": "application/json",
        "responseJsonSchema": schema,
    }
    assert body["safetySettings"] == parameters["safetySettings"]
    assert body["contents"][0]["role"] == "user"


def test_a_blocked_prompt_is_a_refusal(billing: BillingServer) -> None:
    reply = ask(billing, make_request(api_id="refuse"), "google")
    assert (reply.error_class, reply.finish_reason, reply.text) == ("refusal", "content_filter", "")


def test_thoughts_are_no_part_of_the_answer_but_of_the_bill(billing: BillingServer) -> None:
    assert "Let me see" not in ask(billing, None, "google").text
    usage = {
        "promptTokenCount": 5,
        "toolUsePromptTokenCount": 1,
        "candidatesTokenCount": 2,
        "thoughtsTokenCount": 9,
    }
    assert usage_of(usage) == {"input": 6, "output": 11, "cached": 0}
    assert usage_of("x") == {}


@pytest.mark.parametrize(
    ("end", "kind"),
    [("OTHER", ErrorKind.RETRYABLE), ("PUP_LIMITED_DISABLED", ErrorKind.UNAUTHORIZED)],
)
def test_an_end_that_is_not_the_models_is_no_result(end: str, kind: ErrorKind) -> None:
    body = json.dumps({"candidates": [{"content": {}, "finishReason": end}]}).encode()
    with pytest.raises(ProviderError) as caught:
        GENERATE.whole(body, make_request())
    assert caught.value.kind is kind


def test_a_call_of_a_function_is_the_answer_and_a_broken_one_malformed() -> None:
    call = {"functionCall": {"name": "look", "args": {"a": 1}}}
    whole = {"candidates": [{"content": {"parts": [call]}, "finishReason": "STOP"}]}
    assert json.loads(GENERATE.whole(json.dumps(whole).encode(), make_request()).text)[0]["name"] == "look"
    broken = {"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "look(("}]}
    reply = GENERATE.whole(json.dumps(broken).encode(), make_request())
    assert (reply.error_class, reply.text) == ("malformed", "look((")


def test_how_long_to_wait_is_read_from_the_body_where_no_header_says_it(billing: BillingServer) -> None:
    with pytest.raises(ProviderError) as caught:
        ask(billing, make_request(api_id="fault-429"), "google")
    assert caught.value.retry_after == 34.0


def test_addresses_and_ids_are_put_together_in_one_way() -> None:
    def root(address: str) -> str:
        return _root(ProviderSettings("g", "google", address))

    assert root("https://g.example/") == "https://g.example/v1"
    assert root("https://g.example/v1beta") == "https://g.example/v1beta"
    assert _model_path("gemini-x") == "models/gemini-x"
    assert _model_path("models/gemini-x") == "models/gemini-x"
    assert _model_path("tunedModels/mine?x") == "tunedModels/mine%3Fx"
