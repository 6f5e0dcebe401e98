"""JSON as we accept it from outside.

Everything PostgreSQL can store and every reader understands, nothing else.
"""

import json
import math
from typing import Any, NoReturn

MAX_DEPTH = 32


class BadJSON(ValueError):
    """The text is not JSON that can be accepted; the message says why."""


def _refuse_constant(name: str) -> NoReturn:
    raise BadJSON(f"{name} is not a number that JSON knows. Leave the field out or write null.")


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise BadJSON("Text may not contain the NUL character.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise BadJSON("Text contains half of a surrogate pair, which is not a character.")


def _check(value: Any) -> list[Any]:
    """Refuse what cannot be stored; return what lies one level deeper."""
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise BadJSON("A number is too large.")
    elif isinstance(value, dict):
        for name in value:
            _check_text(name)
        return list(value.values())
    elif isinstance(value, list):
        return value
    return []


def strict_json(text: str | bytes) -> Any:
    """Parse JSON.

    Raises BadJSON for NaN, Infinity, overflow, NUL, lone surrogates and more than 32 levels.
    """
    try:
        parsed = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise BadJSON(f"The JSON is nested more than {MAX_DEPTH} levels deep.") from None
    except BadJSON:
        raise
    except ValueError as error:
        raise BadJSON(f"This is not JSON: {error}") from None
    level = [parsed]
    for depth in range(MAX_DEPTH + 1):
        if depth == MAX_DEPTH and any(isinstance(value, dict | list) for value in level):
            raise BadJSON(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
        level = [inner for value in level for inner in _check(value)]
    return parsed
