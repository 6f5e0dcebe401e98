"""The chat completion format as it comes over the wire: whole replies and streamed ones become a Reply."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from evaluations.providers.failures import body_error, error_of, parse_json
from evaluations.providers.types import ErrorKind, ProviderError, Reply, Request, digest_of

CUT = "The provider's reply was cut off before its end."


def whole_reply(raw: bytes, request: Request, secret: str = "") -> Reply:
    """The reply in one JSON body. Raises ProviderError when it is not whole, or holds an error."""
    payload = parse_json(raw)
    if not isinstance(payload, dict):
        raise ProviderError(ErrorKind.RETRYABLE, CUT, status=200, body_digest=digest_of(raw))
    if (error := error_of(payload)) is not None:
        raise body_error(error, raw, secret)
    return _reply(payload, raw, request, secret)


class StreamedReply:
    """Collects a streamed reply line by line; `finished` once the provider said it was the end."""

    def __init__(self, secret: str = "") -> None:
        self._secret = secret
        self._lines: list[str] = []
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._last: dict[str, Any] = {}
        self._finish_reason = ""
        self._done = False

    def add(self, line: str) -> bool:
        """Take a line; True when it brought text. Raises ProviderError when it is broken or an error."""
        self._lines.append(line)
        if not line.startswith("data:"):
            return False
        data = line[5:].strip()
        if data == "[DONE]":
            self._done = True
            return False
        chunk = parse_json(data.encode("utf-8", "surrogatepass"))
        if not isinstance(chunk, dict):
            raise ProviderError(ErrorKind.RETRYABLE, CUT, status=200)
        if (error := error_of(chunk)) is not None:
            raise body_error(error, data.encode("utf-8", "surrogatepass"), self._secret)
        return self._take(chunk)

    def _take(self, chunk: Mapping[str, Any]) -> bool:
        self._last.update({key: value for key, value in chunk.items() if value is not None})
        choice = _first(chunk)
        delta = choice.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        self._finish_reason = str(choice.get("finish_reason") or self._finish_reason)
        text = _text_of(delta.get("content"))
        self._text.append(text)
        self._refusal.append(str(delta.get("refusal") or ""))
        return bool(text)

    def reply(self, request: Request) -> Reply:
        """The whole reply, also where it came in one piece. Raises ProviderError when it ended early."""
        raw = "\n".join(self._lines).encode("utf-8", "surrogatepass")
        if not self._last and not self._done:
            return whole_reply(raw, request, self._secret)
        if not self._done and not self._finish_reason:
            raise ProviderError(ErrorKind.RETRYABLE, CUT, status=200)
        message = {"content": "".join(self._text), "refusal": "".join(self._refusal)}
        choice = {"message": message, "finish_reason": self._finish_reason}
        return _reply({**self._last, "choices": [choice]}, raw, request, self._secret)


def _reply(payload: Mapping[str, Any], raw: bytes, request: Request, secret: str) -> Reply:
    choice = _first(payload)
    if (error := error_of(choice)) is not None:
        raise body_error(error, raw, secret)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise ProviderError(ErrorKind.RETRYABLE, "The provider's reply holds no answer.", status=200)
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


def error_class(text: str, refusal: str, finish_reason: str, json_asked: bool) -> str:
    """The model error a reply is, or "".

    A reply that hit the token cap is judged by what it holds (a one-token label is a fine answer); it is
    "too_long" only when the cap left nothing usable: no text, or broken JSON where JSON was asked for.
    """
    if refusal or finish_reason == "content_filter":
        return "refusal"
    usable = _is_json(text) if json_asked else bool(text)
    if finish_reason == "length" and not usable:
        return "too_long"
    return "" if usable or not json_asked else "malformed"


def usage_of(usage: Any) -> dict[str, int]:
    """Tokens by kind; empty when the provider did not say."""
    if not isinstance(usage, dict):
        return {}
    details = usage.get("prompt_tokens_details")
    return {
        "input": _count(usage.get("prompt_tokens")),
        "output": _count(usage.get("completion_tokens")),
        "cached": _count(details.get("cached_tokens") if isinstance(details, dict) else 0),
    }


def _count(value: Any) -> int:
    return max(0, value) if isinstance(value, int) else 0


def _first(payload: Mapping[str, Any]) -> dict[str, Any]:
    choices = payload.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    return first if isinstance(first, dict) else {}


def _text_of(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _tool_calls(message: Mapping[str, Any]) -> str:
    calls = message.get("tool_calls")
    return json.dumps(calls, ensure_ascii=False) if calls else ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
