"""The trend chart: a value over versions or times, with the plausible range, the target as a line, and events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.charts.course import (
    BOTTOM,
    HEIGHT,
    LEFT,
    TOP,
    event_mark,
    grid,
    joined,
    names_below,
    places_of,
)
from evaluations.charts.gap import Look
from evaluations.charts.scale import (
    Scale,
    finite,
    in_short,
    in_words,
    range_in_words,
    scale_over,
    span,
)
from evaluations.charts.svg import (
    Svg,
    dot,
    element,
    label,
    line,
    nothing,
    path_through,
    picture,
    title,
)

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
    places = places_of(_where(points), look.width)
    parts = [*grid(up, look.show, look.width), *_events(points, places), *_bands(points, places, up)]
    if look.target is not None:
        parts += _target(look, up)
    parts += _lines(points, places, up)
    banded = {index for run in _stretches(points, "point", "low", "high") for index in run}
    for index, point in enumerate(points):
        if finite([point.point]) and _dotted(points, index):
            parts.append(_dot(point, places[index], up, look, whisker=index not in banded))
    parts += names_below([point.name for point in points], places, look.width)
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


def _where(points: Sequence[TrendPoint]) -> list[float]:
    where = finite([point.at for point in points])
    return where if len(where) == len(points) else [float(index) for index in range(len(points))]


def _dotted(points: Sequence[TrendPoint], index: int) -> bool:
    """All while they can be told apart; beyond that the ends and whatever says more than its value."""
    point = points[index]
    said = bool(point.event or point.worse or point.breaks)
    return len(points) <= DOTS or said or index in (0, len(points) - 1)


def _target(look: Look, up: Scale) -> list[str]:
    assert look.target is not None
    y = up.at(look.target)
    words = look.target_words or f"target {in_short(look.target, look.show)}"
    return [line("plumb", LEFT, y, look.width, y), label(words, LEFT + 4, y - 5)]


def _events(points: Sequence[TrendPoint], places: Sequence[float]) -> list[str]:
    return [
        event_mark(f"{point.name}: {point.event}", x)
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
        bands.append(element("polygon", {"class": "band", "points": joined(upper + lower)}))
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


def _dot(point: TrendPoint, x: float, up: Scale, look: Look, whisker: bool) -> str:
    words = f"{point.name}: {in_words(point.point, look.show)}"
    words += range_in_words(point.low, point.high, look.show, look.target)
    words += "".join(f" · {said}" for said in (point.event, point.worse) if said)
    y = up.at(point.point or 0.0)
    alone = []
    if whisker and (known := span(point.low, point.high)):
        alone = [line("whisker", x, up.at(known[0]), x, up.at(known[1]))]
    if point.worse:
        alone.append(label("↘", x, min(y + 17, BOTTOM), "strong", "middle"))
    return element("g", {"class": "ours"}, title(words), *alone, dot(x, y))
