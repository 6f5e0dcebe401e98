"""Chart readers that run on this machine: they look at the pixels of a picture and answer what the value of a letter is.

They know charts with black axes, ticks, and labels in the bitmap font that comes with Pillow; colours mark the values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from evaluations.providers.types import Attachment

Pixels = np.ndarray[Any, np.dtype[Any]]
CELL, GLYPH_ROWS, FIRST_ROW = 6, 7, 2
DARK, COLOURED = 128, 60
MOST_WRONG = 7  # pixels of a glyph of 42
LABEL_BELOW = (4, 20)
CANNOT = "I cannot read this chart."
_ASKED = re.compile(r"value of ([A-Z])\b")


class Unreadable(ValueError):
    """Nothing in the picture is where a chart would have it."""


@dataclass(frozen=True)
class Plot:
    """A picture as its pixels speak. dark, coloured: masks; left: column of the vertical axis, bottom: row of the other."""

    dark: Pixels
    coloured: Pixels
    left: int
    bottom: int


def chart_reader(case_input: Any, parameters: Mapping[str, Any], attachments: Sequence[Attachment]) -> str:
    """Finds the letter, reads every label of the axis, fits a line through them and looks up where the mark ends."""
    letter = _letter_asked(case_input)
    try:
        plot = _plot(attachments)
        top = _mark(plot, _columns(plot)[letter])
        rows, values = _scale(plot)
    except (Unreadable, KeyError):
        return CANNOT
    slope, start = np.polyfit(rows, values, 1)
    return f"{letter} is {slope * top + start:.1f}"


def chart_glancer(case_input: Any, parameters: Mapping[str, Any], attachments: Sequence[Attachment]) -> str:
    """Takes A for the first mark, B for the second, and the axis to start at zero: right for plain charts only."""
    letter = _letter_asked(case_input)
    try:
        plot = _plot(attachments)
        places = sorted(_columns(plot).values())
        top = _mark(plot, places["ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter)], highest=True)
        rows, values = _scale(plot)
    except (Unreadable, IndexError):
        return CANNOT
    return f"about {values[0] * (plot.bottom - top) / (plot.bottom - rows[0]):.0f}"


def _letter_asked(case_input: Any) -> str:
    """Raises ValueError for a question that is about something else."""
    text = case_input.get("question") if isinstance(case_input, Mapping) else case_input
    found = _ASKED.search(str(text))
    if found is None:
        raise ValueError("This callable answers “What is the value of B?” about a picture.")
    return found[1]


def _plot(attachments: Sequence[Attachment]) -> Plot:
    from PIL import Image

    pictures = [one for one in attachments if one.media_type.startswith("image/")]
    if not pictures:
        raise Unreadable
    with Image.open(BytesIO(pictures[0].data)) as picture:
        pixels = np.asarray(picture.convert("RGB"), dtype=np.int16)
    dark = pixels.max(axis=2) < DARK
    coloured = (pixels.max(axis=2) - pixels.min(axis=2)) > COLOURED
    return Plot(dark, coloured, int(dark.sum(axis=0).argmax()), int(dark.sum(axis=1).argmax()))


def _mark(plot: Plot, column: int, *, highest: bool = False) -> float:
    """The row where the bar ends, or the middle of the dot, above the axis. highest: of whatever is coloured there."""
    rows = np.flatnonzero(plot.coloured[: plot.bottom, column])
    if not rows.size:
        raise Unreadable
    standing = rows[-1] >= plot.bottom - 3 and rows[-1] - rows[0] == rows.size - 1
    dot = rows.size <= 2 * CELL
    return float(rows[0]) if highest or (standing and not dot) else float(rows.mean())


def _scale(plot: Plot) -> tuple[list[int], list[int]]:
    """Rows of the ticks whose label can be read, from the top, and their values."""
    beside = plot.dark[:, plot.left - 3]
    ticks = [int(run.mean()) for run in _runs(np.flatnonzero(beside))]
    read = [(row, _number(plot.dark, row, plot.left - 6)) for row in ticks]
    known = [(row, value) for row, value in read if value is not None]
    if len(known) < 2:
        raise Unreadable
    return [row for row, _ in known], [value for _, value in known]


def _number(dark: Pixels, row: int, right: int) -> int | None:
    """The number whose middle is in this row, left of a column; None when it cannot be read."""
    strip = dark[max(row - CELL, 0) : row + CELL, :right]
    text = _text(strip, "0123456789")
    return int(text) if text else None


def _columns(plot: Plot) -> dict[str, int]:
    """Letters under the axis and the column each stands in."""
    below = plot.dark[plot.bottom + LABEL_BELOW[0] : plot.bottom + LABEL_BELOW[1]]
    found = {}
    for run in _runs(np.flatnonzero(below.any(axis=0))):
        first, last = int(run[0]), int(run[-1])
        letter = _text(below[:, first : last + 1], "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        found[letter] = (first + last) // 2
    return found


def _text(strip: Pixels, alphabet: str) -> str:
    """What is written in a strip that holds one word; empty when a glyph is like none of the alphabet."""
    rows, columns = np.flatnonzero(strip.any(axis=1)), np.flatnonzero(strip.any(axis=0))
    if not rows.size:
        return ""
    count = max(1, round((columns[-1] - columns[0] + 2) / CELL))
    padded = np.pad(strip, CELL)
    tries = [
        _glyphs(padded, int(rows[0]) + CELL + down, int(columns[0]) + CELL + along, count, alphabet)
        for down in (-1, 0, 1)
        for along in (-1, 0, 1)
    ]
    wrong, text = min(tries)
    return text if wrong <= MOST_WRONG * count else ""


def _glyphs(strip: Pixels, top: int, left: int, count: int, alphabet: str) -> tuple[int, str]:
    """So many characters from this corner on, and in how many pixels they differ from the font's."""
    total, text = 0, ""
    for place in range(count):
        start = left + place * CELL
        cell = strip[top : top + GLYPH_ROWS, start : start + CELL]
        if cell.shape != (GLYPH_ROWS, CELL):
            return GLYPH_ROWS * CELL * count, ""
        wrong, letter = min((int((cell != glyph).sum()), letter) for letter, glyph in _font(alphabet))
        total, text = total + wrong, text + letter
    return total, text


@cache
def _font(alphabet: str) -> list[tuple[str, Pixels]]:
    from PIL import ImageFont

    font = ImageFont.load_default_imagefont()
    drawn = []
    for letter in alphabet:
        mask = font.getmask(letter)
        cell = np.array(mask).reshape(mask.size[::-1]) > 0
        drawn.append((letter, cell[FIRST_ROW : FIRST_ROW + GLYPH_ROWS, :CELL]))
    return drawn


def _runs(places: Pixels) -> list[Pixels]:
    """Neighbouring numbers together; a gap of one is bridged."""
    if not places.size:
        return []
    return np.split(places, np.flatnonzero(np.diff(places) > 2) + 1)
