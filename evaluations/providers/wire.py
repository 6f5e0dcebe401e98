"""Replies as they come over the wire, in any provider's format: whole ones and streamed ones become a Reply."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from evaluations.providers.failures import body_error, error_of, parse_json
from evaluations.providers.types import ErrorKind, ProviderError, Reply, Request, digest_of

CUT = "The provider's reply was cut off before its end."
NO_ANSWER = "The provider's reply holds no answer."

Payload = Mapping[str, Any]
Reading = Callable[[Payload, bytes, Request, str], Reply]
"""(the reply's JSON object, its raw bytes, what was asked, our key) → Reply. Raises ProviderError."""


class Fold(Protocol):
    """Puts the pieces of one streamed reply together again, as the object a whole reply would have been."""

    def take(self, chunk: Payload) -> bool:
        """Take the next piece; True when it brought text of the answer."""

    @property
    def finished(self) -> bool:
        """Whether the provider said that the answer is over."""

    def payload(self) -> dict[str, Any]:
        """The whole reply's object."""


@dataclass(frozen=True)
class Format:
    """How one protocol writes its replies. fold: makes a new Fold for each stream."""

    reading: Reading
    fold: Callable[[], Fold]

    def whole(self, raw: bytes, request: Request, secret: str = "") -> Reply:
        """The reply in one JSON body. Raises ProviderError when it is not whole, or holds an error."""
        payload = parse_json(raw)
        if not isinstance(payload, dict):
            raise ProviderError(ErrorKind.RETRYABLE, CUT, status=200, body_digest=digest_of(raw))
        if (error := error_of(payload)) is not None:
            raise body_error(error, raw, secret)
        return self.reading(payload, raw, request, secret)

    def streamed(self, secret: str = "") -> Streamed:
        return Streamed(self, secret)


class Streamed:
    """Collects a reply that comes as server-sent events, line by line."""

    def __init__(self, form: Format, secret: str = "") -> None:
        self._form = form
        self._fold = form.fold()
        self._secret = secret
        self._lines: list[str] = []
        self._taken = 0
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
        raw = data.encode("utf-8", "surrogatepass")
        chunk = parse_json(raw)
        if not isinstance(chunk, dict):
            raise ProviderError(ErrorKind.RETRYABLE, CUT, status=200)
        if (error := error_of(chunk)) is not None:
            raise body_error(error, raw, self._secret)
        self._taken += 1
        return self._fold.take(chunk)

    def reply(self, request: Request) -> Reply:
        """The whole reply, also where it came in one piece. Raises ProviderError when it ended early."""
        raw = "\n".join(self._lines).encode("utf-8", "surrogatepass")
        if not self._taken and not self._done:
            return self._form.whole(raw, request, self._secret)
        if not self._done and not self._fold.finished:
            raise ProviderError(ErrorKind.RETRYABLE, CUT, status=200)
        return self._form.reading(self._fold.payload(), raw, request, self._secret)


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


def count(numbers: Any, name: str) -> int:
    """A count of tokens by its name; 0 where it is not said or no count."""
    value = numbers.get(name) if isinstance(numbers, Mapping) else None
    return max(0, value) if isinstance(value, int) else 0


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; [] where it is something else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """A text as it is, anything else as nothing."""
    return value if isinstance(value, str) else ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
