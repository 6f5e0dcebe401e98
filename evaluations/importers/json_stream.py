"""Large JSON read piece by piece: a list's entries come one at a time, so that a file never stands in memory whole."""

import codecs
import json
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, BinaryIO

from evaluations.importers.logs import NotALog

PIECE = 1 << 20
# One value (a sample with its whole transcript, or the head of a log) may take this much.
LONGEST = 64 << 20
SPACE = " \t\n\r"


class Text:
    """A window on a JSON text that grows and moves on as values are read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")()
        self._parse = json.JSONDecoder().raw_decode
        self._text, self._place, self._ended = "", 0, False

    def next_mark(self) -> str:
        """The next character that is no space, left where it is; empty at the end."""
        while True:
            while self._place < len(self._text) and self._text[self._place] in SPACE:
                self._place += 1
            if self._place < len(self._text) or not self._more():
                return self._text[self._place : self._place + 1]

    def take(self, wanted: str) -> str:
        """Read one of these characters. Raises NotALog for another."""
        mark = self.next_mark()
        if not mark or mark not in wanted:
            raise NotALog("The file is not JSON, or it is cut off.")
        self._place += 1
        return mark

    def value(self) -> Any:
        """Read the next value. Raises NotALog."""
        self.next_mark()
        while True:
            try:
                value, end = self._parse(self._text, self._place)
            except RecursionError:
                raise NotALog("The JSON is nested too deep.") from None
            except ValueError:
                end = len(self._text)
            # A number at the end of what was read so far may go on.
            if end < len(self._text) or self._ended:
                break
            self._more(double=True)
        if end == len(self._text) and self._place < end:
            value, end = self._last()
        self._place = end
        return value

    def _last(self) -> tuple[Any, int]:
        try:
            return self._parse(self._text, self._place)
        except ValueError:
            raise NotALog("The file is not JSON, or it is cut off.") from None

    def _more(self, *, double: bool = False) -> bool:
        """Read on; False at the end. What was read before the place is let go."""
        kept = self._text[self._place :]
        if len(kept) > LONGEST:
            raise NotALog(f"A value of the JSON is longer than {LONGEST >> 20} MB.")
        data = self._stream.read(max(PIECE, len(kept)) if double else PIECE)
        try:
            self._text = kept + self._utf8.decode(data, final=not data)
        except UnicodeDecodeError:
            raise NotALog("The file is not UTF-8.") from None
        self._place, self._ended = 0, not data
        return bool(data)


def members_of(stream: BinaryIO, streamed: str = "") -> Iterator[tuple[str, Any]]:
    """Name and value of each member of an object, in the file's order; a list named `streamed` comes entry by entry.

    NaN and Infinity are read as such, as the tools write them. Raises NotALog.
    """
    text = Text(stream)
    text.take("{")
    if text.next_mark() == "}":
        return
    while True:
        name = text.value()
        text.take(":")
        if name == streamed and text.next_mark() == "[":
            yield from ((name, entry) for entry in _entries(text))
        else:
            yield name, text.value()
        if text.take(",}") == "}":
            return


def entries_of(stream: BinaryIO) -> Iterator[Any]:
    """Each entry of a list. Raises NotALog."""
    yield from _entries(Text(stream))


def _entries(text: Text) -> Iterator[Any]:
    text.take("[")
    if text.next_mark() == "]":
        text.take("]")
        return
    while True:
        yield text.value()
        if text.take(",]") == "]":
            return


def first_mark(stream: BinaryIO) -> str:
    """What the text begins with: { or [ of JSON, or something else."""
    return Text(stream).next_mark()


def json_lines(stream: IO[bytes], fits: Callable[[Any], bool], otherwise: str) -> Iterator[dict[str, Any]]:
    """The objects of a file with one a line. Raises NotALog with the line; otherwise: what is said of one that does not fit."""
    number = 0
    while line := stream.readline(LONGEST):
        number += 1
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise NotALog(f"Line {number:,} of the rows is not JSON, or it is cut off.") from None
        if not fits(row):
            raise NotALog(f"Line {number:,} of the rows {otherwise}.")
        yield row


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is an object; else an empty one."""
    return value if isinstance(value, dict) else {}
