"""Texts inside a line: plain where nothing can be mistaken, else between quotation marks as in JSON."""

import json
import re
from collections.abc import Iterator

from capabilities.importers.types import Wrong

PLAIN = re.compile(r"[^\s\",;=\\][^\",;=\\\x00-\x1f\x7f-\x9f\u2028\u2029]*")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def quoted(text: str) -> str:
    """The text so that `pieces` and `unquoted` give it back."""
    if PLAIN.fullmatch(text) and text == text.strip():
        return text
    return json.dumps(text, ensure_ascii=False)


def unquoted(text: str) -> str:
    """Raises Wrong for marks that do not close or stand inside."""
    text = text.strip()
    if not text.startswith('"'):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        raise Wrong(f"The quotation marks of {text[:60]} cannot be read.") from None
    return str(value)


def pieces(text: str, separator: str) -> list[str]:
    """The text cut at a separator that stands outside quotation marks, without empty pieces. Raises Wrong."""
    return [piece.strip() for piece in _cut(text, separator) if piece.strip()]


def _cut(text: str, separator: str) -> Iterator[str]:
    start = place = 0
    while place < len(text):
        if text[place] == '"':
            found = STRING.match(text, place)
            if found is None:
                raise Wrong(f"A quotation mark is opened and not closed: {text[place : place + 40]}")
            place = found.end()
        elif text[place] == separator:
            yield text[start:place]
            start = place = place + 1
        else:
            place += 1
    yield text[start:]
