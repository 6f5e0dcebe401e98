"""OpenAI's Responses API as it goes out and comes back over the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from evaluations.providers.failures import body_error, error_of
from evaluations.providers.parts import medium_of, parts_of
from evaluations.providers.types import ErrorKind, ProviderError, Reply, Request
from evaluations.providers.wire import NO_ANSWER, Format, Payload, as_text, count, error_class, objects

LEFT_OUT = frozenset({"api", "model", "input", "messages", "stream", "n", "stop", "seed"})
RENAMED = {"max_tokens": "max_output_tokens", "max_completion_tokens": "max_output_tokens"}
CUT_BY = {"max_output_tokens": "length", "content_filter": "content_filter"}
ENDS = ("response.completed", "response.incomplete", "response.failed")


def body_of(request: Request, strict: bool) -> dict[str, Any]:
    """The body of a call. Raises ProviderError for parts that cannot be sent. Nothing is kept there unless `store` says so."""
    parameters = request.parameters.items()
    body: dict[str, Any] = {"store": False}
    body |= {RENAMED.get(name, name): value for name, value in parameters if name not in LEFT_OUT}
    body |= {
        "model": request.api_id,
        "input": [
            {"role": message.get("role"), "content": _content(message)} for message in request.messages
        ],
    }
    if request.stream:
        body["stream"] = True
    if request.json_schema is not None:
        given = body.get("text")
        form = {
            "type": "json_schema",
            "name": "output",
            "schema": dict(request.json_schema),
            "strict": strict,
        }
        body["text"] = {"format": form} | (given if isinstance(given, dict) else {})
    return body


def _content(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    kind = "output_text" if message.get("role") == "assistant" else "input_text"
    return [_part(part, kind) for part in parts_of(message.get("content"))]


def _part(part: Mapping[str, Any], kind: str) -> dict[str, Any]:
    if part.get("type") == "text":
        return {"type": kind, "text": str(part.get("text") or "")}
    medium_of(part)
    if part.get("type") == "image_url":
        image = part["image_url"]
        return {"type": "input_image", "image_url": image.get("url") if isinstance(image, Mapping) else image}
    return dict(part)


class ResponseFold:
    """The last event holds the whole response; those before it only tell that text has come."""

    def __init__(self) -> None:
        self._whole: dict[str, Any] = {}

    def take(self, chunk: Payload) -> bool:
        kind = chunk.get("type")
        if kind == "error":
            self._whole = {"error": dict(chunk)}
        elif kind in ENDS and isinstance(response := chunk.get("response"), dict):
            self._whole = response
        return kind == "response.output_text.delta" and bool(as_text(chunk.get("delta")))

    @property
    def finished(self) -> bool:
        return bool(self._whole)

    def payload(self) -> dict[str, Any]:
        return self._whole


def _reply(payload: Payload, raw: bytes, request: Request, secret: str) -> Reply:
    if (error := error_of(payload)) is not None:
        raise body_error({**error, "type": error.get("code")}, raw, secret)
    if payload.get("status") not in ("completed", "incomplete") or not isinstance(
        payload.get("output"), list
    ):
        raise ProviderError(ErrorKind.RETRYABLE, NO_ANSWER, status=200)
    items = objects(payload["output"])
    parts = [part for item in items if item.get("type") == "message" for part in objects(item.get("content"))]
    calls = [item for item in items if str(item.get("type")).endswith("_call")]
    text = "".join(as_text(part.get("text")) for part in parts)
    text = text or (json.dumps(calls, ensure_ascii=False) if calls else "")
    refusal = "".join(as_text(part.get("refusal")) for part in parts)
    finish_reason = _finish_reason(payload)
    return Reply(
        text=text or refusal,
        raw=raw,
        finish_reason=finish_reason,
        usage=usage_of(payload.get("usage")),
        resolved_model=as_text(payload.get("model")) or request.api_id,
        error_class=error_class(text, refusal, finish_reason, request.json_schema is not None),
    )


RESPONSES = Format(_reply, ResponseFold)


def _finish_reason(payload: Payload) -> str:
    if payload.get("status") == "completed":
        return "stop"
    details = payload.get("incomplete_details")
    said = as_text(details.get("reason")) if isinstance(details, dict) else ""
    return CUT_BY.get(said, said or "incomplete")


def usage_of(usage: Any) -> dict[str, int]:
    """Tokens by kind; empty when not said."""
    if not isinstance(usage, dict):
        return {}
    return {
        "input": count(usage, "input_tokens"),
        "output": count(usage, "output_tokens"),
        "cached": count(usage.get("input_tokens_details"), "cached_tokens"),
    }
