"""The ways an OpenAI-like server can be asked, chosen by a version's parameter `api`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evaluations.providers import responses_wire
from evaluations.providers.chat_wire import CHAT
from evaluations.providers.sound_wire import TRANSCRIPT, VECTOR, parameters_of, sound_of, words_of
from evaluations.providers.types import ErrorKind, ProviderError, Request
from evaluations.providers.wire import Format

OURS = frozenset({"api", "model", "messages", "stream", "stream_options"})


@dataclass(frozen=True)
class Call:
    """What goes out. form: how the reply is written, None where it is sound. file: (name, bytes, media type) where the body is a form.

    streams: whether the reply may come in pieces.
    """

    path: str
    body: dict[str, Any]
    form: Format | None
    file: tuple[str, bytes, str] | None = None
    streams: bool = False


def call_for(request: Request) -> Call:
    """The call for a request. Raises ProviderError for an api nobody knows, and for what an api cannot be sent."""
    name = str(request.parameters.get("api", "chat"))
    if name not in APIS:
        message = (
            f"There is no api “{name}”; a version's parameter “api” is one of {', '.join(sorted(APIS))}."
        )
        raise ProviderError(ErrorKind.PERMANENT, message, never_sent=True)
    return APIS[name](request)


def _chat(request: Request) -> Call:
    body = {key: value for key, value in request.parameters.items() if key not in OURS}
    body |= {"model": request.api_id, "messages": [dict(message) for message in request.messages]}
    if request.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    if request.json_schema is not None and "response_format" not in body:
        schema = dict(request.json_schema)
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "output", "schema": schema, "strict": is_strict(schema)},
        }
    return Call("/chat/completions", body, CHAT, streams=True)


def _responses(request: Request) -> Call:
    body = responses_wire.body_of(request, is_strict(request.json_schema))
    return Call("/responses", body, responses_wire.RESPONSES, streams=True)


def _transcriptions(request: Request) -> Call:
    body = parameters_of(request, response_format="json")
    return Call("/audio/transcriptions", body, TRANSCRIPT, file=sound_of(request))


def _embeddings(request: Request) -> Call:
    body = parameters_of(request, input=words_of(request), encoding_format="float")
    return Call("/embeddings", body, VECTOR)


def _speech(request: Request) -> Call:
    body = parameters_of(request, input=words_of(request))
    return Call("/audio/speech", {"voice": "alloy", "response_format": "wav"} | body, None)


APIS: dict[str, Callable[[Request], Call]] = {
    "chat": _chat,
    "responses": _responses,
    "transcriptions": _transcriptions,
    "embeddings": _embeddings,
    "speech": _speech,
}


def is_strict(schema: Any) -> bool:
    """True when the schema keeps the rules of strict mode: every object closed, every property required."""
    if isinstance(schema, list):
        return all(is_strict(part) for part in schema)
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object":
        closed = schema.get("additionalProperties") is False
        if not closed or set(schema.get("required", ())) != set(schema.get("properties", {})):
            return False
    return all(is_strict(part) for part in schema.values())
