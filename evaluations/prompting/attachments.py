"""Pictures, sound and video of a case in its messages: where the prompt names them by a slot, else behind the last user message.

A part is `{"type": "image_url", "image_url": {"url": "data:image/png;base64,…"}}`, `{"type": "input_audio", "input_audio": {"data": "…",
"format": "wav"}}` or `{"type": "video_url", "video_url": {"url": "data:video/mp4;base64,…"}}`: what chat completions take, and what the
wires of other providers are made from.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.prompting.slots import fill

Part = dict[str, Any]
KINDS = {"image": "image_url", "audio": "input_audio", "video": "video_url"}
FORMATS = {"mpeg": "mp3", "mp4": "m4a"}
# {{image}}: every picture that no other slot names; {{image_2}}: the second one.
_MEDIA = re.compile(r"\{\{[ \t]*((image|audio|video)(?:_([1-9]\d?))?)[ \t]*\}\}")


def media_part(media_type: str, data: bytes) -> Part:
    """The message part of a picture, sound or video, with its bytes."""
    packed = base64.b64encode(data).decode("ascii")
    kind, _, name = media_type.partition("/")
    if kind == "audio":
        return {"type": "input_audio", "input_audio": {"data": packed, "format": FORMATS.get(name, name)}}
    return _at(kind, f"data:{media_type};base64,{packed}")


def linked_part(media_type: str, url: str) -> Part:
    """The same with an address instead of the bytes, to look at: nothing is sent to a model like this."""
    kind = media_type.partition("/")[0]
    return {"type": "input_audio", "input_audio": {"url": url}} if kind == "audio" else _at(kind, url)


def _at(kind: str, url: str) -> Part:
    return {"type": KINDS[kind], KINDS[kind]: {"url": url}}


class Placing:
    """Gives parts out to the slots that name them; `left` are those that none named. Use once for one case."""

    def __init__(
        self, parts: Sequence[Part], template: Sequence[Mapping[str, Any]], taken: Mapping[str, Any]
    ) -> None:
        """taken: names that the case's own fields fill."""
        self._own = set(taken)
        self._by_kind = {
            kind: [part for part in parts if part["type"] == name] for kind, name in KINDS.items()
        }
        self._order = list(parts)
        named = {match[1] for text in _texts(template) for match in _MEDIA.finditer(text)} - self._own
        self._numbered = [part for name in named if "_" in name for part in self._parts(name)]
        self._placed: list[Part] = []

    def content(self, template: Any, values: Mapping[str, Any]) -> Any:
        """A message's content, filled: a text stays a text unless a picture or sound stands in it. Raises MissingSlot."""
        if isinstance(template, str):
            pieces = self._pieces(template, values)
            plain = all(isinstance(piece, str) for piece in pieces)
            return "".join(map(str, pieces)) if plain else _parts_of(pieces)
        if isinstance(template, list):
            return [part for entry in template for part in self._entry(entry, values)]
        return fill(template, values)

    def left(self) -> list[Part]:
        """The parts no slot named, in the case's order."""
        return [part for part in self._order if not _among(part, self._placed)]

    def _entry(self, entry: Any, values: Mapping[str, Any]) -> list[Any]:
        if isinstance(entry, dict) and entry.get("type") == "text" and isinstance(entry.get("text"), str):
            return _parts_of(self._pieces(entry["text"], values))
        return [fill(entry, values)]

    def _pieces(self, text: str, values: Mapping[str, Any]) -> list[str | Part]:
        """Texts, filled, and parts in turn. The template is cut before it is filled: what a case says names no picture."""
        pieces: list[str | Part] = []
        start = 0
        for match in _MEDIA.finditer(text):
            if match[1] in self._own or not (found := self._parts(match[1])):
                continue
            pieces += [fill(text[start : match.start()], values), *found]
            self._placed += found
            start = match.end()
        return [*pieces, fill(text[start:], values)]

    def _parts(self, name: str) -> list[Part]:
        kind, _, number = name.partition("_")
        parts = self._by_kind[kind]
        if number:
            return parts[int(number) - 1 : int(number)]
        return [part for part in parts if not _among(part, self._numbered)]


def appended(messages: list[Part], left: Sequence[Part]) -> list[Part]:
    """The messages with the parts at the end of the last user message, or in one of their own."""
    if not left:
        return messages
    for place in range(len(messages) - 1, -1, -1):
        if messages[place].get("role") == "user":
            content = messages[place]["content"]
            own = _parts_of([content]) if isinstance(content, str) else list(content)
            messages[place] = {**messages[place], "content": [*own, *left]}
            return messages
    return [*messages, {"role": "user", "content": list(left)}]


def _parts_of(pieces: Sequence[str | Part]) -> list[Part]:
    """Texts as parts; what is only white space between pictures is left out."""
    return [
        {"type": "text", "text": piece} if isinstance(piece, str) else piece
        for piece in pieces
        if not isinstance(piece, str) or piece.strip()
    ]


def _among(part: Part, others: Sequence[Part]) -> bool:
    """The same picture twice is two parts."""
    return any(part is other for other in others)


def _texts(template: Sequence[Mapping[str, Any]]) -> list[str]:
    found = []
    for message in template:
        content = message.get("content")
        entries = [content] if isinstance(content, str) else content if isinstance(content, list) else []
        found += [
            str(entry.get("text") or "") if isinstance(entry, dict) else str(entry) for entry in entries
        ]
    return found
