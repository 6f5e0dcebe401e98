"""Google's generateContent as it goes out and comes back over the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from evaluations.providers.parts import medium_of, parts_of, text_of
from evaluations.providers.types import ErrorKind, ProviderError, Reply, Request
from evaluations.providers.wire import NO_ANSWER, Format, Payload, as_text, count, error_class, objects

SYSTEM = ("system", "developer")
BESIDE_CONFIG = frozenset({"safetySettings", "tools", "toolConfig", "cachedContent", "serviceTier"})
RENAMED = {
    "max_tokens": "maxOutputTokens",
    "max_completion_tokens": "maxOutputTokens",
    "top_p": "topP",
    "top_k": "topK",
    "stop": "stopSequences",
    "n": "candidateCount",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
}
LEFT_OUT = frozenset({"model", "contents", "systemInstruction", "generationConfig", "stream"})
FILTERED = frozenset(
    [
        "SAFETY",
        "RECITATION",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "ESCALATION",
        "MODEL_ARMOR",
        "JAILBREAK",
    ]
)
LENGTH = frozenset({"MAX_TOKENS", "CONTINUATION"})
MALFORMED = frozenset(
    ["MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"]
)
# Ends of which nobody says that they are the model's: asked again, not scored.
UNEXPLAINED = frozenset({"OTHER", "FINISH_REASON_UNSPECIFIED"})
ACCOUNT = "PUP_LIMITED_DISABLED"


def body_of(request: Request) -> dict[str, Any]:
    """The body of a call. Raises ProviderError for parts that cannot be sent."""
    parameters = request.parameters
    given = parameters.get("generationConfig")
    config = dict(given) if isinstance(given, Mapping) else {}
    for name, value in parameters.items():
        if name not in LEFT_OUT and name not in BESIDE_CONFIG:
            config[RENAMED.get(name, name)] = value
    if isinstance(config.get("stopSequences"), str):
        config["stopSequences"] = [config["stopSequences"]]
    if request.json_schema is not None:
        schema = {"responseMimeType": "application/json", "responseJsonSchema": dict(request.json_schema)}
        config = schema | config
    body = {name: value for name, value in parameters.items() if name in BESIDE_CONFIG}
    body |= {"contents": _contents(request), "generationConfig": config}
    system = [
        text_of(message.get("content")) for message in request.messages if message.get("role") in SYSTEM
    ]
    if system:
        body["systemInstruction"] = {"parts": [{"text": text} for text in system]}
    return body


def _contents(request: Request) -> list[dict[str, Any]]:
    return [
        {
            "role": "model" if message.get("role") == "assistant" else "user",
            "parts": [_part(part) for part in parts_of(message.get("content"))],
        }
        for message in request.messages
        if message.get("role") not in SYSTEM
    ]


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    if part.get("type") == "text":
        return {"text": str(part.get("text") or "")}
    medium = medium_of(part)
    if medium.url:
        return {"fileData": {"fileUri": medium.url}}
    return {"inlineData": {"mimeType": medium.media_type, "data": medium.data}}


class GenerateFold:
    """Chunks of one answer, put together as the answer."""

    def __init__(self) -> None:
        self._last: dict[str, Any] = {}
        self._parts: list[dict[str, Any]] = []
        self._end: dict[str, Any] = {}

    def take(self, chunk: Payload) -> bool:
        self._last.update({key: value for key, value in chunk.items() if value is not None})
        candidate = _candidate(chunk)
        self._end.update({key: value for key, value in candidate.items() if key != "content" and value})
        parts = _parts(candidate)
        self._parts += parts
        return bool(_text(parts))

    @property
    def finished(self) -> bool:
        return bool(self._end.get("finishReason") or _blocked(self._last))

    def payload(self) -> dict[str, Any]:
        if not self._end and not self._parts:
            return self._last
        return {**self._last, "candidates": [{**self._end, "content": {"parts": self._parts}}]}


def _reply(payload: Payload, raw: bytes, request: Request, secret: str) -> Reply:
    candidate, blocked = _candidate(payload), _blocked(payload)
    said = as_text(candidate.get("finishReason")) or ("SAFETY" if blocked else "")
    if not candidate and not blocked:
        raise ProviderError(ErrorKind.RETRYABLE, NO_ANSWER, status=200)
    parts = _parts(candidate)
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    text = _text(parts) or (json.dumps(calls, ensure_ascii=False) if calls else "")
    _check_end(said, text)
    finish_reason = _finish_reason(said)
    model_error = error_class(text, "", finish_reason, request.json_schema is not None)
    return Reply(
        text=text or as_text(candidate.get("finishMessage")),
        raw=raw,
        finish_reason=finish_reason,
        usage=usage_of(payload.get("usageMetadata")),
        resolved_model=as_text(payload.get("modelVersion")) or request.api_id,
        error_class=model_error or ("malformed" if said in MALFORMED else ""),
        provider_request_id=as_text(payload.get("responseId")),
    )


GENERATE = Format(_reply, GenerateFold)


def _check_end(said: str, text: str) -> None:
    """Raises ProviderError for an end that is not the model's."""
    if said == ACCOUNT:
        message = "The provider has limited or disabled our account (PUP_LIMITED_DISABLED)."
        raise ProviderError(ErrorKind.UNAUTHORIZED, message, status=200)
    if said in UNEXPLAINED and not text:
        message = f"The provider ended the answer without a text and without a reason ({said})."
        raise ProviderError(ErrorKind.RETRYABLE, message, status=200)


def _finish_reason(said: str) -> str:
    if said in FILTERED:
        return "content_filter"
    return "length" if said in LENGTH else (said.lower() or "stop")


def usage_of(usage: Any) -> dict[str, int]:
    """Tokens by kind; empty when not said. Thoughts are billed as output."""
    if not isinstance(usage, dict):
        return {}
    return {
        "input": count(usage, "promptTokenCount") + count(usage, "toolUsePromptTokenCount"),
        "output": count(usage, "candidatesTokenCount") + count(usage, "thoughtsTokenCount"),
        "cached": count(usage, "cachedContentTokenCount"),
    }


def _candidate(payload: Payload) -> dict[str, Any]:
    candidates = objects(payload.get("candidates"))
    return candidates[0] if candidates else {}


def _blocked(payload: Payload) -> str:
    feedback = payload.get("promptFeedback")
    return as_text(feedback.get("blockReason")) if isinstance(feedback, dict) else ""


def _parts(candidate: Payload) -> list[dict[str, Any]]:
    content = candidate.get("content")
    return objects(content.get("parts")) if isinstance(content, dict) else []


def _text(parts: list[dict[str, Any]]) -> str:
    """What was said, without the thoughts before it."""
    return "".join(as_text(part.get("text")) for part in parts if not part.get("thought"))
