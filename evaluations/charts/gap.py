"""The gap chart: our value and the rivals' with their plausible ranges, against the plumb line of the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evaluations.charts.scale import Scale, Show, finite, in_short, in_words, range_in_words, scale_over, span
from evaluations.charts.svg import (
    NARROW,
    Svg,
    box,
    dot,
    element,
    label,
    line,
    nothing,
    picture,
    plumb,
    short_label,
    title,
)

Side = Literal["ours", "rival", "simple"]
ROW = 22.0
FIRST = 14.0
EXPLAINED = "Each dot is a measured value, the bar its plausible range; the plumb line is the target"


@dataclass(frozen=True, slots=True)
class GapRow:
    """One model, or our difference to one. Values in the scorer's unit (rates as fractions); None: not measured.

    expected: ranges that were recorded before it was measured: low, high and whose they are; drawn as hollow bands.
    claimed: values that somebody else claims, and where; drawn as hollow diamonds, since they were not measured.
    """

    name: str
    side: Side
    point: float | None
    low: float | None = None
    high: float | None = None
    expected: Sequence[tuple[float, float, str]] = ()
    claimed: Sequence[tuple[float, str]] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What a chart of intervals looks like: how values are written, its target and name, ends and width.

    names: how wide the names of the rows are, where the chart is not narrow.
    """

    show: Show = Show.PERCENT
    target: float | None = None
    target_words: str = ""
    name: str = "Gap to target and rivals"
    bounds: tuple[float, float] | None = None
    width: float = 620.0
    names: float = 150.0


def draw(rows_given: Sequence[GapRow], look: Look | None = None) -> Svg:
    """The chart as SVG. A value beyond the bounds is drawn at the edge as an arrow; its title has the true value."""
    look = look or Look()
    if not rows_given:
        return nothing(look.name, "Nothing has been measured yet.", look.width)
    scale = _scale(rows_given, look)
    parts = [
        part for index, row in enumerate(rows_given) for part in _row(row, FIRST + index * ROW, scale, look)
    ]
    bottom = FIRST + len(rows_given) * ROW - 8
    if look.target is not None:
        words = look.target_words or f"target {in_short(look.target, look.show)}"
        parts.append(plumb(scale.at(look.target), bottom, words, look.width))
    height = bottom + (28 if look.target is not None else 6)
    return picture(look.width, height, look.name, EXPLAINED, parts)


def rows(rows_given: Sequence[GapRow], look: Look | None = None) -> list[dict[str, Any]]:
    """The same values for a table or a file: name, side, point, low, high, target, gap (point − target)."""
    target = look.target if look else None
    return [
        {
            "name": row.name,
            "side": row.side,
            "point": row.point,
            "low": row.low,
            "high": row.high,
            "target": target,
            "gap": None if target is None or row.point is None else row.point - target,
        }
        for row in rows_given
    ]


def _scale(rows_given: Sequence[GapRow], look: Look) -> Scale:
    name_width = look.names if look.width > NARROW + 100 else look.width * 0.3
    values = [value for row in rows_given for value in (row.point, row.low, row.high)]
    values += [end for row in rows_given for low, high, _ in row.expected for end in (low, high)]
    values += [value for row in rows_given for value, _ in row.claimed]
    return scale_over([*values, look.target], name_width, look.width - 70, look.bounds, look.show)


def _row(row: GapRow, y: float, scale: Scale, look: Look) -> list[str]:
    claimed_only = row.point is None and row.claimed
    words = "claimed" if claimed_only else in_words(row.point, look.show)
    parts = [
        line("axis", scale.start, y, scale.end, y),
        short_label(row.name, 0.0, y + 4, scale.start - 8, "label"),
        label(words, look.width, y + 4, "quiet" if claimed_only else None, "end"),
    ]
    parts[1:1] = [_band(low, high, who, y, scale, look) for low, high, who in row.expected]
    if finite([row.point]):
        tip = title(f"{row.name}: {words}{range_in_words(row.low, row.high, look.show, look.target)}")
        parts.insert(
            len(parts) - 1,
            element("g", {"class": row.side}, tip, *marks(row.point, row.low, row.high, y, scale)),
        )
    return parts + [_claim(row.name, value, source, y, scale, look) for value, source in row.claimed]


def _claim(name: str, value: float, source: str, y: float, scale: Scale, look: Look) -> str:
    """A hollow diamond, over whatever was measured."""
    words = f"{name}: {in_words(value, look.show)} claimed by the vendor, not measured here; {source}"
    x = scale.at(value)
    shape = element("path", {"class": "claimed", "d": f"M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z"})
    return element("g", {}, title(words), shape)


def _band(low: float, high: float, who: str, y: float, scale: Scale, look: Look) -> str:
    """What was expected, hollow, behind what was found."""
    start = scale.at(low)
    words = f"{who} expected {in_words(low, look.show)} to {in_words(high, look.show)}"
    return element("g", {}, title(words), box("expected", start, y - 8, max(scale.at(high) - start, 1.0), 16))


def marks(point: float | None, low: float | None, high: float | None, y: float, scale: Scale) -> list[str]:
    """The whisker of a range and the dot of a value; an arrow where the value is beyond the ends."""
    parts = []
    if known := span(low, high):
        parts.append(line("whisker", scale.at(known[0]), y, scale.at(known[1]), y))
    if point is not None:
        parts.append(_arrow(point, y, scale) if scale.outside(point) else dot(scale.at(point), y))
    return parts


def _arrow(point: float, y: float, scale: Scale) -> str:
    x = scale.at(point)
    tip = 7 if point > scale.high else -7
    return element("path", {"class": "beyond", "d": f"M{x:.1f} {y - 4.5:.1f}l{tip} 4.5l{-tip} 4.5z"})
