"""The trend chart: a value over versions or times, with the plausible range, the target as a line, and events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.charts.gap import Look
from evaluations.charts.scale import (
    Scale,
    finite,
    in_short,
    in_words,
    range_in_words,
    scale_over,
    span,
    ticks,
)
from evaluations.charts.svg import (
    Svg,
    dot,
    element,
    label,
    line,
    nothing,
    number,
    path_through,
    picture,
    short_label,
    title,
)

TOP, HEIGHT, LEFT = 14.0, 200.0, 54.0
BOTTOM = HEIGHT - 26
DOTS = 60
EXPLAINED = "Values in order, with their plausible range as a band; the line across is the target"


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One version or moment; event says what changed there (a new model, a changed resolved id).

    at: its place in the unit of the axis (a training step); without it on every point they are evenly spaced. breaks: the line does not
    come here from the point before, since the two do not measure the same. worse: what is to be said of a value that stands as worse.
    """

    name: str
    point: float | None
    low: float | None = None
    high: float | None = None
    event: str = ""
    at: float | None = None
    breaks: bool = False
    worse: str = ""


def draw(points: Sequence[TrendPoint], look: Look | None = None) -> Svg:
    """The chart as SVG, points in the order given. A point without a value leaves a gap; of very many only telling ones get a dot."""
    look = look or Look(name="Trend")
    if not points:
        return nothing(look.name, "Nothing has been measured yet.", look.width)
    values = [value for point in points for value in (point.point, point.low, point.high)]
    up = scale_over([*values, look.target], BOTTOM, TOP, look.bounds, look.show)
    places = _places(points, look.width)
    parts = [*_grid(up, look), *_events(points, places), *_bands(points, places, up)]
    if look.target is not None:
        parts += _target(look, up)
    parts += _lines(points, places, up)
    banded = {index for run in _stretches(points, "point", "low", "high") for index in run}
    for index, point in enumerate(points):
        if finite([point.point]) and _dotted(points, index):
            parts.append(_dot(point, places[index], up, look, whisker=index not in banded))
    parts += _names(points, places, look.width)
    return picture(look.width, HEIGHT, look.name, EXPLAINED, parts)


def rows(points: Sequence[TrendPoint], look: Look | None = None) -> list[dict[str, Any]]:
    """The same values for a table or a file: name, point, low, high, target, event."""
    target = look.target if look else None
    return [
        {
            "name": point.name,
            "point": point.point,
            "low": point.low,
            "high": point.high,
            "target": target,
            "event": point.event,
        }
        for point in points
    ]


def _places(points: Sequence[TrendPoint], width: float) -> list[float]:
    first, last = LEFT + 14, width - 24
    where = finite([point.at for point in points])
    if len(where) < len(points):
        where = [float(index) for index in range(len(points))]
    low, high = min(where), max(where)
    if low == high:
        return [(first + last) / 2 for _ in points]
    return [first + (at - low) / (high - low) * (last - first) for at in where]


def _dotted(points: Sequence[TrendPoint], index: int) -> bool:
    """All while they can be told apart; beyond that the ends and whatever says more than its value."""
    point = points[index]
    said = bool(point.event or point.worse or point.breaks)
    return len(points) <= DOTS or said or index in (0, len(points) - 1)


def _grid(up: Scale, look: Look) -> list[str]:
    return [
        part
        for value in ticks(up)
        for part in (
            line("axis", LEFT, up.at(value), look.width, up.at(value)),
            label(in_short(value, look.show), LEFT - 6, up.at(value) + 4, anchor="end"),
        )
    ]


def _target(look: Look, up: Scale) -> list[str]:
    assert look.target is not None
    y = up.at(look.target)
    words = look.target_words or f"target {in_short(look.target, look.show)}"
    return [line("plumb", LEFT, y, look.width, y), label(words, LEFT + 4, y - 5)]


def _events(points: Sequence[TrendPoint], places: Sequence[float]) -> list[str]:
    return [
        element(
            "g",
            {"class": "event"},
            title(f"{point.name}: {point.event}"),
            line("axis", x, TOP, x, BOTTOM),
            element("path", {"class": "bob", "d": f"M{number(x - 4)} {number(TOP - 8)}h8l-4 7z"}),
        )
        for point, x in zip(points, places, strict=True)
        if point.event
    ]


def _stretches(points: Sequence[TrendPoint], *names: str) -> list[list[int]]:
    """Runs of neighbouring points in which all the named values are there."""
    runs: list[list[int]] = [[]]
    for index, point in enumerate(points):
        if point.breaks and runs[-1]:
            runs.append([])
        wanted = [getattr(point, name) for name in names]
        if len(finite(wanted)) == len(wanted):
            runs[-1].append(index)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _bands(points: Sequence[TrendPoint], places: Sequence[float], up: Scale) -> list[str]:
    bands = []
    for run in _stretches(points, "point", "low", "high"):
        upper = [(places[index], up.at(points[index].high or 0.0)) for index in run]
        lower = [(places[index], up.at(points[index].low or 0.0)) for index in reversed(run)]
        bands.append(element("polygon", {"class": "band", "points": _joined(upper + lower)}))
    return bands


def _lines(points: Sequence[TrendPoint], places: Sequence[float], up: Scale) -> list[str]:
    return [
        element(
            "g",
            {"class": "ours path"},
            path_through([(places[index], up.at(points[index].point or 0.0)) for index in run]),
        )
        for run in _stretches(points, "point")
    ]


def _joined(pairs: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in pairs)


def _dot(point: TrendPoint, x: float, up: Scale, look: Look, whisker: bool) -> str:
    words = f"{point.name}: {in_words(point.point, look.show)}"
    words += range_in_words(point.low, point.high, look.show)
    words += "".join(f" · {said}" for said in (point.event, point.worse) if said)
    y = up.at(point.point or 0.0)
    alone = []
    if whisker and (known := span(point.low, point.high)):
        alone = [line("whisker", x, up.at(known[0]), x, up.at(known[1]))]
    if point.worse:
        alone.append(label("↘", x, min(y + 17, BOTTOM), "strong", "middle"))
    return element("g", {"class": "ours"}, title(words), *alone, dot(x, y))


def _names(points: Sequence[TrendPoint], places: Sequence[float], width: float) -> list[str]:
    """As many names as fit side by side, the newest first of all."""
    fitting = max(2, int((width - LEFT) / 84))
    every = max(1, -(-(len(points) - 1) // (fitting - 1))) if len(points) > 1 else 1
    last = len(points) - 1
    room = (width - LEFT) / min(fitting, len(points)) - 6
    shown: list[int] = []
    for index in range(last, -1, -every):
        if not shown or places[shown[-1]] - places[index] >= min(room, 72.0):
            shown.append(index)
    return [_name(points[index].name, places[index], room, index, last) for index in reversed(shown)]


def _name(name: str, x: float, room: float, index: int, last: int) -> str:
    if last and index == 0:
        return short_label(name, x - 14, HEIGHT - 8, room, anchor="start")
    if last and index == last:
        return short_label(name, x + 24, HEIGHT - 8, room, anchor="end")
    return short_label(name, x, HEIGHT - 8, room, anchor="middle")
