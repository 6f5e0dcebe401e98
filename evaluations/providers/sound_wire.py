"""What goes in or comes out as something else than a conversation: sound to text, text to sound, text to a vector."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from evaluations.providers.chat_wire import ChatFold, usage_of
from evaluations.providers.failures import body_error, clean, error_of, parse_json
from evaluations.providers.parts import Medium, medium_of, parts_of, text_of
from evaluations.providers.responses_wire import usage_of as sound_usage
from evaluations.providers.types import ErrorKind, ProviderError, Reply, Request, digest_of
from evaluations.providers.wire import NO_ANSWER, Format, Payload, as_text, objects

# Names that servers give to the types of sound that are kept.
SOUNDS = {
    "audio/wav": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/mpeg": "audio/mpeg",
    "audio/mp3": "audio/mpeg",
    "audio/flac": "audio/flac",
    "audio/ogg": "audio/ogg",
    "audio/opus": "audio/ogg",
    "audio/mp4": "audio/mp4",
}
NO_SOUND = "The provider's reply holds no sound."
# A token cap is set for every call; these know none.
LEFT_OUT = frozenset(
    {"api", "model", "messages", "stream", "file", "input", "max_tokens", "max_completion_tokens"}
)


def parameters_of(request: Request, **own: Any) -> dict[str, Any]:
    """The version's parameters with what the call is made of."""
    given = {name: value for name, value in request.parameters.items() if name not in LEFT_OUT}
    return {**given, "model": request.api_id, **own}


def sound_of(request: Request) -> tuple[str, bytes, str]:
    """File name, bytes and media type of the call's one sound. Raises ProviderError where it has none, or several."""
    sounds = [part for part in _parts(request) if part.get("type") == "input_audio"]
    if len(sounds) != 1:
        message = f"A transcription needs a case with one sound; this call has {len(sounds)}."
        raise ProviderError(ErrorKind.PERMANENT, message, never_sent=True)
    medium = medium_of(sounds[0])
    return f"sound.{_ending(medium)}", _bytes(medium), medium.media_type


def words_of(request: Request) -> str:
    """The text of the last message, which is spoken or made a vector. Raises ProviderError where there is none."""
    words = text_of(request.messages[-1].get("content")) if request.messages else ""
    if not words.strip():
        raise ProviderError(ErrorKind.PERMANENT, "This call has no text.", never_sent=True)
    return words


def _parts(request: Request) -> list[Mapping[str, Any]]:
    return [part for message in request.messages for part in parts_of(message.get("content"))]


def _ending(medium: Medium) -> str:
    ending = medium.media_type.partition("/")[2]
    return "m4a" if ending == "mp4" else ending


def _bytes(medium: Medium) -> bytes:
    try:
        return base64.b64decode(medium.data, validate=True)
    except (binascii.Error, ValueError):
        raise ProviderError(ErrorKind.PERMANENT, "The sound is not base64.", never_sent=True) from None


def _transcript(payload: Payload, raw: bytes, request: Request, secret: str) -> Reply:
    if not isinstance(payload.get("text"), str):
        raise ProviderError(ErrorKind.RETRYABLE, NO_ANSWER, status=200)
    usage = payload.get("usage")
    tokens = sound_usage(usage) if isinstance(usage, dict) and usage.get("type") == "tokens" else {}
    model = as_text(payload.get("model")) or request.api_id
    return Reply(text=payload["text"], raw=raw, usage=tokens, resolved_model=model)


def _vector(payload: Payload, raw: bytes, request: Request, secret: str) -> Reply:
    rows = objects(payload.get("data"))
    vector = rows[0].get("embedding") if rows else None
    if not isinstance(vector, list) or not vector or not all(_is_number(value) for value in vector):
        raise ProviderError(ErrorKind.RETRYABLE, NO_ANSWER, status=200)
    model = as_text(payload.get("model")) or request.api_id
    return Reply(json.dumps(vector), raw, usage=usage_of(payload.get("usage")), resolved_model=model)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def spoken(raw: bytes, content_type: str, request: Request, secret: str) -> Reply:
    """Sound as the answer. Raises ProviderError for an error or anything else that came instead, whatever status it came with."""
    said = content_type.partition(";")[0].strip().lower()
    payload = parse_json(raw) if raw[:1] in (b"{", b"[") else None
    if (error := error_of(payload)) is not None:
        raise body_error(error, raw, secret)
    if not raw or payload is not None or not said.startswith("audio/"):
        raise ProviderError(ErrorKind.RETRYABLE, NO_SOUND, status=200, body_digest=digest_of(raw))
    media_type = SOUNDS.get(said, said)
    if media_type not in SOUNDS.values():
        message = f"The provider's sound is {clean(said)}; ask for wav, mp3, flac or opus by the parameter response_format."
        raise ProviderError(ErrorKind.PERMANENT, message, status=200)
    return Reply("", b"", resolved_model=request.api_id, media=raw, media_type=media_type)


TRANSCRIPT = Format(_transcript, ChatFold)
VECTOR = Format(_vector, ChatFold)
