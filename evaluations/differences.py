"""The difference between two texts, word by word: the shortest edit script (Myers 1986), within bounds on the work."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

MAX_EDITS = 600
Op = Literal["=", "-", "+"]


class Change(NamedTuple):
    """A stretch of text that both sides have (=), only the first has (-) or only the second has (+)."""

    op: Op
    text: str


def word_diff(before: str, after: str) -> list[Change]:
    """What changed between two texts, word by word.

    Joined, the = and + parts are `after`, the = and - parts `before`. Where more than MAX_EDITS words differ, all
    between the common beginning and end counts as changed, for the work grows with the square of the edits.
    """
    old, new = _pieces(before), _pieces(after)
    return [
        Change(op, "".join(change.text for change in group))
        for op, group in groupby(_changes(old, new), key=lambda change: change.op)
    ]


def _pieces(text: str) -> list[str]:
    """Words, marks and spaces; the space before a word belongs to it, so that spaces alone never match."""
    return re.findall(r"\s*(?:\w+|[^\w\s])|\s+", text)


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    yield from (Change("=", piece) for piece in old[:start])
    yield from _middle(old[start : len(old) - end], new[start : len(new) - end])
    yield from (Change("=", piece) for piece in old[len(old) - end :])


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    shorter = min(len(old), len(new))
    return next((index for index in range(shorter) if old[index] != new[index]), shorter)


def _middle(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    trace = _trace(old, new)
    if trace is None:
        return [Change("-", piece) for piece in old] + [Change("+", piece) for piece in new]
    return _in_order(_walked_back(old, new, trace))


def _trace(old: Sequence[str], new: Sequence[str]) -> list[dict[int, int]] | None:
    """How far each diagonal reaches before every further edit, or None past MAX_EDITS."""
    reach = {1: 0}
    trace = []
    for edits in range(MAX_EDITS + 1):
        trace.append(dict(reach))
        for diagonal in range(-edits, edits + 1, 2):
            x = _reached(old, new, reach, edits, diagonal)
            reach[diagonal] = x
            if x >= len(old) and x - diagonal >= len(new):
                return trace
    return None


def _reached(old: Sequence[str], new: Sequence[str], reach: dict[int, int], edits: int, diagonal: int) -> int:
    x = reach[diagonal + 1] if _inserts(reach, edits, diagonal) else reach[diagonal - 1] + 1
    while x < len(old) and x - diagonal < len(new) and old[x] == new[x - diagonal]:
        x += 1
    return x


def _inserts(reach: dict[int, int], edits: int, diagonal: int) -> bool:
    return diagonal == -edits or (diagonal != edits and reach[diagonal - 1] < reach[diagonal + 1])


def _walked_back(old: Sequence[str], new: Sequence[str], trace: list[dict[int, int]]) -> Iterator[Change]:
    """The changes from the end to the beginning."""
    x, y = len(old), len(new)
    for edits in range(len(trace) - 1, -1, -1):
        reach, diagonal = trace[edits], x - y
        before = diagonal + 1 if _inserts(reach, edits, diagonal) else diagonal - 1
        stop_x = reach[before] if edits else 0
        stop_y = stop_x - before if edits else 0
        while x > stop_x and y > stop_y:
            x, y = x - 1, y - 1
            yield Change("=", old[x])
        if edits:
            yield Change("+", new[stop_y]) if x == stop_x else Change("-", old[stop_x])
        x, y = stop_x, stop_y


def _in_order(backwards: Iterator[Change]) -> list[Change]:
    """From the beginning, with what is gone before what is new in each changed stretch."""
    ordered: list[Change] = []
    for same, group in groupby(list(backwards)[::-1], key=lambda change: change.op == "="):
        changes = list(group)
        ordered += changes if same else sorted(changes, key=lambda change: change.op, reverse=True)
    return ordered
