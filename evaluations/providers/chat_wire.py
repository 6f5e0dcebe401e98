"""The chat completion format as it comes over the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from evaluations.providers.failures import body_error, error_of
from evaluations.providers.types import ErrorKind, ProviderError, Reply, Request
from evaluations.providers.wire import NO_ANSWER, Format, Payload, as_text, count, error_class, objects


class ChatFold:
    """Deltas of the first choice, put together as its message."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._last: dict[str, Any] = {}
        self._finish_reason = ""

    def take(self, chunk: Payload) -> bool:
        self._last.update({key: value for key, value in chunk.items() if value is not None})
        choice = _first(chunk)
        delta = choice.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        self._finish_reason = str(choice.get("finish_reason") or self._finish_reason)
        text = _text_of(delta.get("content"))
        self._text.append(text)
        self._refusal.append(str(delta.get("refusal") or ""))
        return bool(text)

    @property
    def finished(self) -> bool:
        return bool(self._finish_reason)

    def payload(self) -> dict[str, Any]:
        message = {"content": "".join(self._text), "refusal": "".join(self._refusal)}
        return {**self._last, "choices": [{"message": message, "finish_reason": self._finish_reason}]}


def _reply(payload: Payload, raw: bytes, request: Request, secret: str) -> Reply:
    choice = _first(payload)
    if (error := error_of(choice)) is not None:
        raise body_error(error, raw, secret)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise ProviderError(ErrorKind.RETRYABLE, NO_ANSWER, status=200)
    text = _text_of(message.get("content")) or _tool_calls(message)
    refusal = str(message.get("refusal") or "")
    finish_reason = str(choice.get("finish_reason") or "stop")
    return Reply(
        text=text or refusal,
        raw=raw,
        finish_reason=finish_reason,
        usage=usage_of(payload.get("usage")),
        resolved_model=str(payload.get("model") or request.api_id),
        fingerprint=str(payload.get("system_fingerprint") or ""),
        error_class=error_class(text, refusal, finish_reason, request.json_schema is not None),
    )


CHAT = Format(_reply, ChatFold)


def usage_of(usage: Any) -> dict[str, int]:
    """Tokens by kind; empty when the provider did not say."""
    if not isinstance(usage, dict):
        return {}
    return {
        "input": count(usage, "prompt_tokens"),
        "output": count(usage, "completion_tokens"),
        "cached": count(usage.get("prompt_tokens_details"), "cached_tokens"),
    }


def _first(payload: Payload) -> dict[str, Any]:
    choices = payload.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    return first if isinstance(first, dict) else {}


def _text_of(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in objects(content))
    return as_text(content)


def _tool_calls(message: Mapping[str, Any]) -> str:
    calls = message.get("tool_calls")
    return json.dumps(calls, ensure_ascii=False) if calls else ""
