"""Anthropic's messages as they go out and come back over the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.providers.failures import parse_json
from evaluations.providers.parts import medium_of, parts_of, text_of
from evaluations.providers.types import ErrorKind, ProviderError, Reply, Request
from evaluations.providers.wire import NO_ANSWER, Format, Payload, as_text, count, error_class, objects

MAX_TOKENS = 4096
SYSTEM = ("system", "developer")
# Parameters under the name they have here; a seed is the one that every evaluation may set and nobody here knows.
RENAMED = {"max_completion_tokens": "max_tokens", "stop": "stop_sequences"}
LEFT_OUT = frozenset({"model", "messages", "stream", "seed"})
FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}


def body_of(request: Request, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """The body of a call. schema: the JSON schema as the protocol takes it. Raises ProviderError."""
    parameters = request.parameters.items()
    body = {RENAMED.get(name, name): value for name, value in parameters if name not in LEFT_OUT}
    if isinstance(body.get("stop_sequences"), str):
        body["stop_sequences"] = [body["stop_sequences"]]
    system = [
        text_of(message.get("content")) for message in request.messages if message.get("role") in SYSTEM
    ]
    if system:
        body["system"] = "\n\n".join(system)
    body |= {"model": request.api_id, "messages": _messages(request.messages)}
    body.setdefault("max_tokens", MAX_TOKENS)
    if request.stream:
        body["stream"] = True
    if schema is not None:
        chosen = body.get("output_config")
        form = {"type": "json_schema", "schema": dict(schema)}
        body["output_config"] = {"format": form} | (chosen if isinstance(chosen, dict) else {})
    return body


def _messages(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"role": message.get("role"), "content": _content(message.get("content"))}
        for message in messages
        if message.get("role") not in SYSTEM
    ]


def _content(content: Any) -> Any:
    return [_part(part) for part in content] if isinstance(content, list) else str(content or "")


def _part(given: Any) -> dict[str, Any]:
    part = parts_of([given])[0]
    if part.get("type") == "text":
        return {"type": "text", "text": str(part.get("text") or "")}
    medium = medium_of(part)
    if part.get("type") != "image_url":
        message = "Anthropic's models take pictures, neither sound nor video."
        raise ProviderError(ErrorKind.PERMANENT, message, never_sent=True)
    if medium.url:
        return {"type": "image", "source": {"type": "url", "url": medium.url}}
    source = {"type": "base64", "media_type": medium.media_type, "data": medium.data}
    return {"type": "image", "source": source}


class MessageFold:
    """Events of one message, put together as the message."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._json: dict[int, str] = {}
        self._over = False

    def take(self, chunk: Payload) -> bool:
        kind = chunk.get("type")
        if kind == "message_start" and isinstance(message := chunk.get("message"), dict):
            self._message = dict(message)
        elif kind == "content_block_start" and isinstance(block := chunk.get("content_block"), dict):
            self._blocks[count(chunk, "index")] = dict(block)
        elif kind == "content_block_delta":
            return self._grow(count(chunk, "index"), chunk.get("delta"))
        elif kind == "message_delta":
            self._end(chunk)
        self._over = self._over or kind == "message_stop"
        return False

    def _grow(self, index: int, delta: Any) -> bool:
        if not isinstance(delta, dict):
            return False
        block = self._blocks.setdefault(index, {"type": "text", "text": ""})
        text = as_text(delta.get("text"))
        block["text"] = as_text(block.get("text")) + text
        self._json[index] = self._json.get(index, "") + as_text(delta.get("partial_json"))
        return bool(text)

    def _end(self, chunk: Payload) -> None:
        for name, into in (("delta", self._message), ("usage", self._usage())):
            said = chunk.get(name)
            into.update(
                {key: value for key, value in (said if isinstance(said, dict) else {}).items() if value}
            )

    def _usage(self) -> dict[str, Any]:
        usage = self._message.get("usage")
        self._message["usage"] = dict(usage) if isinstance(usage, dict) else {}
        return self._message["usage"]  # type: ignore[no-any-return]

    @property
    def finished(self) -> bool:
        return self._over

    def payload(self) -> dict[str, Any]:
        for index, written in self._json.items():
            if written:
                self._blocks[index]["input"] = parse_json(written.encode("utf-8", "surrogatepass"))
        return {**self._message, "content": [self._blocks[index] for index in sorted(self._blocks)]}


def _reply(payload: Payload, raw: bytes, request: Request, secret: str) -> Reply:
    if not isinstance(payload.get("content"), list):
        raise ProviderError(ErrorKind.RETRYABLE, NO_ANSWER, status=200)
    blocks = objects(payload.get("content"))
    text = "".join(as_text(block.get("text")) for block in blocks if block.get("type") == "text")
    tools = [block for block in blocks if block.get("type") == "tool_use"]
    text = text or (json.dumps(tools, ensure_ascii=False) if tools else "")
    said = as_text(payload.get("stop_reason"))
    finish_reason = FINISH.get(said, said or "stop")
    details = payload.get("stop_details")
    why = as_text(details.get("explanation")) if isinstance(details, dict) else ""
    return Reply(
        text=text or why,
        raw=raw,
        finish_reason=finish_reason,
        usage=usage_of(payload.get("usage")),
        resolved_model=as_text(payload.get("model")) or request.api_id,
        error_class=error_class(text, "", finish_reason, request.json_schema is not None),
    )


MESSAGES = Format(_reply, MessageFold)


def usage_of(usage: Any) -> dict[str, int]:
    """Tokens by kind; empty when not said. What is read from and written to a cache is not part of input_tokens here."""
    if not isinstance(usage, dict):
        return {}
    cached = count(usage, "cache_read_input_tokens")
    fresh = count(usage, "input_tokens") + count(usage, "cache_creation_input_tokens")
    return {"input": fresh + cached, "output": count(usage, "output_tokens"), "cached": cached}
