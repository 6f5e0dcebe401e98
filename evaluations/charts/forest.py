"""The forest chart: one value for each slice of the cases, with how many cases it rests on, around the overall value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.charts.gap import FIRST, ROW, GapRow, Look, Side, marks
from evaluations.charts.scale import Scale, finite, in_short, in_words, range_in_words, scale_over, span
from evaluations.charts.svg import (
    NARROW,
    Svg,
    element,
    label,
    line,
    nothing,
    picture,
    plumb,
    short_label,
    title,
)

EXPLAINED = "Each line is a slice of the cases: its value, plausible range and number of cases; the diamond is all cases"


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice of the cases; n counts cases. overall marks the line for all of them; side: whose colour, simple is grey."""

    name: str
    n: int
    point: float | None
    low: float | None = None
    high: float | None = None
    overall: bool = False
    side: Side = "ours"


def draw(slices: Sequence[Slice], look: Look | None = None) -> Svg:
    """The chart as SVG, slices in the order given. look.target draws the plumb line (0 for differences)."""
    look = look or Look(name="Slices of the cases")
    if not slices:
        return nothing(look.name, "There are no slices.", look.width)
    scale = _scale(slices, look)
    parts = [
        part for index, one in enumerate(slices) for part in _line(one, FIRST + index * ROW, scale, look)
    ]
    bottom = FIRST + len(slices) * ROW - 8
    if look.target is not None:
        words = look.target_words or in_short(look.target, look.show)
        parts.append(plumb(scale.at(look.target), bottom, words, look.width))
    return picture(look.width, bottom + 28, look.name, EXPLAINED, parts)


def rows(slices: Sequence[Slice]) -> list[dict[str, Any]]:
    """The same values for a table or a file: slice, n, point, low, high."""
    return [
        {"slice": one.name, "n": one.n, "point": one.point, "low": one.low, "high": one.high}
        for one in slices
    ]


def _scale(slices: Sequence[Slice], look: Look) -> Scale:
    name_width = 150.0 if look.width > NARROW + 100 else look.width * 0.3
    values = [value for one in slices for value in (one.point, one.low, one.high)]
    return scale_over([*values, look.target], name_width, look.width - 112, look.bounds, look.show)


def _line(one: Slice, y: float, scale: Scale, look: Look) -> list[str]:
    row = GapRow(one.name, one.side, one.point, one.low, one.high)
    words = in_words(row.point, look.show)
    tip = f"{row.name}: {words}{range_in_words(row.low, row.high, look.show, look.target)}, n {one.n:,}"
    parts = [
        line("axis", scale.start, y, scale.end, y),
        short_label(row.name, 0.0, y + 4, scale.start - 8, "label"),
        label(f"n {one.n:,}", look.width - 60, y + 4, anchor="end"),
        label(words, look.width, y + 4, anchor="end"),
    ]
    if finite([row.point]):
        parts.append(
            element(
                "g",
                {"class": f"{one.side} overall" if one.overall else one.side},
                title(tip),
                *_marks(one, y, scale),
            )
        )
    return parts


def _marks(one: Slice, y: float, scale: Scale) -> list[str]:
    if not one.overall or one.point is None:
        return marks(one.point, one.low, one.high, y, scale)
    low, high = span(one.low, one.high) or (one.point, one.point)
    left, x, right = scale.at(low), scale.at(one.point), scale.at(high)
    points = f"{min(left, x - 5):.1f},{y} {x:.1f},{y - 6} {max(right, x + 5):.1f},{y} {x:.1f},{y + 6}"
    return [element("polygon", {"class": "diamond", "points": points})]
