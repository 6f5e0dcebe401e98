"""One way to write a JSON value, its hash, and strict reading.

The form is that of RFC 8785 (no spaces, keys sorted by UTF-16 code units, nothing escaped that need not be).
One change lets numbers survive a round trip through PostgreSQL's jsonb: a whole float is written as an
integer, and an integer in full.
"""

import json
import math
from hashlib import sha256
from typing import Any, NoReturn

from evaluations.differences import Change, word_diff

__all__ = [
    "CanonicalError",
    "Change",
    "JsonRefused",
    "canonical_json",
    "parse_json",
    "sha256_of",
    "word_diff",
]

MAX_DEPTH = 64
MAX_INTEGER_BITS = 4096
MAX_DIGITS = 1000
_written = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class CanonicalError(ValueError):
    """The value has no canonical form; the text says where and why."""


class JsonRefused(ValueError):
    """Well-formed JSON, or nearly so, that is refused: NaN, NUL, too deep; the text is a sentence."""


def canonical_json(value: Any) -> str:
    """The canonical JSON text of a value. Raises CanonicalError for NaN, NUL, broken text, other types."""
    text = _written(_normal(value, "value", 0))
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CanonicalError(
            "The text holds half of a surrogate pair, which is not valid Unicode."
        ) from error
    return text


def sha256_of(value: Any) -> str:
    """SHA-256 of the canonical JSON, 64 hex digits. bytes are hashed as they are. Raises CanonicalError."""
    content = value if isinstance(value, bytes) else canonical_json(value).encode()
    return sha256(content).hexdigest()


def _normal(value: Any, where: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise CanonicalError(f"{where} is nested more than {MAX_DEPTH} levels deep.")
    if isinstance(value, str):
        return _plain(value, where)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _whole(value, where)
    if isinstance(value, float):
        return _number(value, where)
    if isinstance(value, list | tuple):
        return [_normal(entry, f"{where}[{index}]", depth + 1) for index, entry in enumerate(value)]
    if isinstance(value, dict):
        return _object(value, where, depth)
    raise CanonicalError(f"{where} is a {type(value).__name__}, which JSON does not have.")


def _object(value: dict[Any, Any], where: str, depth: int) -> dict[str, Any]:
    for key in value:
        if not isinstance(key, str):
            raise CanonicalError(f"{where} has the key {key!r}, which is not text.")
        _plain(key, where)
    ordered = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    return {key: _normal(value[key], f"{where}.{key}", depth + 1) for key in ordered}


def _plain(text: str, where: str) -> str:
    if "\x00" in text:
        raise CanonicalError(f"{where} holds a NUL character.")
    return text


def _whole(value: int, where: str) -> int:
    if value.bit_length() > MAX_INTEGER_BITS:
        raise CanonicalError(f"{where} is a number of more than {MAX_INTEGER_BITS} bits.")
    return value


def _number(value: float, where: str) -> float | int:
    if not math.isfinite(value):
        raise CanonicalError(f"{where} is {value}, which JSON does not have.")
    return int(value) if value.is_integer() else value


def parse_json(text: str, max_depth: int = MAX_DEPTH) -> Any:
    """Read JSON strictly. Raises ValueError; JsonRefused for NaN, NUL, surrogates, keys twice and depth."""
    try:
        value = json.loads(
            text,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_not_endless,
            object_pairs_hook=_without_doubles,
        )
    except RecursionError as error:
        raise JsonRefused(f"It is nested more than {max_depth} levels deep.") from error
    _check(value, max_depth)
    return value


def _no_constant(name: str) -> NoReturn:
    raise JsonRefused(f"{name} is not JSON; leave the value out or write null.")


def _not_endless(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise JsonRefused(f"The number {digits[:20]}… is too large.")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise JsonRefused(f"The number {digits[:20]} is too large.")
    return number


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise JsonRefused("It names the same key twice in one object.")
    return found


def _check(value: Any, levels: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list):
        if levels == 0:
            raise JsonRefused("It is nested too deep.")
        if isinstance(value, dict):
            for key in value:
                _check_text(key)
        for entry in value.values() if isinstance(value, dict) else value:
            _check(entry, levels - 1)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise JsonRefused("It holds a NUL character.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise JsonRefused("It holds half of a surrogate pair, which is not valid Unicode.")
