"""What a request may bring: bodies with known fields only, things named by their natural keys, keys against doing it twice."""

import json
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any, TypedDict

from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

LONGEST_KEY = 120
Near = Callable[[str], Iterable[str]]
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key with the same body answers with what the first call made; with another body 409.",
)


class Body(serializers.Serializer[Any]):
    """What a verb takes in. A field it does not know is refused: a mistyped name must not be lost in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := [name for name in data if name not in self.fields]):
            known = ", ".join(self.fields) or "none"
            told = [f"There is no such field; there is {known}."]
            raise ValidationError({str(name)[:80]: told for name in unknown[:20]})
        return super().to_internal_value(data)


def checked(body: type[serializers.Serializer[Any]], request: Request, **context: Any) -> dict[str, Any]:
    """The fields of a request's body as the serializer understands them. Raises ValidationError."""
    serializer = body(data=request.data, context={"request": request, **context})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def asked(query: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The parameters of a query string, checked; others are passed over. Raises ValidationError."""
    names = list(map(str, query().fields))
    given = {name: request.query_params[name] for name in names if name in request.query_params}
    serializer = query(data=given, context={"request": request})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


@extend_schema_field(str)
class Reference(serializers.Field[Any, Any, Any, Any]):
    """Something that exists, named by its natural key (or its id); becomes the thing itself.

    find: the thing, or None; noun: what it is called, for the sentence that says there is none; near: names that may have been meant.
    """

    def __init__(
        self, find: Callable[[str], Any], noun: str, near: Near = lambda text: (), **options: Any
    ) -> None:
        super().__init__(**options)
        self.find, self.noun, self.near = find, noun, near

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, str | int):
            raise ValidationError(f"Name the {self.noun} by a text.")
        text = str(data).strip()[:400]
        if (found := self.find(text) if text else None) is None:
            near = ", ".join(self.near(text)) if text else ""
            meant = f" Perhaps you meant {near}." if near else ""
            raise ValidationError(f"There is no {self.noun} “{text}”, or you may not see it.{meant}")
        return found

    def to_representation(self, value: Any) -> Any:
        return str(value)


class Choices(serializers.CharField):
    """Several words of a list, separated by commas, as they stand in a query string."""

    def __init__(self, words: list[str], **options: Any) -> None:
        self.words = words
        options.setdefault("help_text", f"Any of {', '.join(words)}; several separated by commas.")
        super().__init__(required=False, **options)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        chosen = [word for word in text.split(",") if word]
        if wrong := [word for word in chosen if word not in self.words]:
            raise ValidationError(
                f"“{wrong[0][:40]}” is none of the words possible here: {', '.join(self.words)}."
            )
        return chosen


class Once(TypedDict, total=False):
    """A key against doing it twice, as services take it."""

    idempotency_key: str
    idempotency_digest: str


def idempotency(request: Request, *, needed: bool = False) -> Once:
    """The key a request came with and the SHA-256 of its body; empty without a key.

    Raises ValidationError for a key that cannot be kept, or for none where one is needed.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        if needed:
            raise ValidationError(
                "Send the header Idempotency-Key, so that a repeated call opens nothing twice."
            )
        return {}
    if len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise ValidationError(f"An Idempotency-Key has up to {LONGEST_KEY} visible ASCII characters.")
    body = json.dumps(request.data, sort_keys=True, ensure_ascii=False).encode()
    return {"idempotency_key": key, "idempotency_digest": sha256(body).hexdigest()}
