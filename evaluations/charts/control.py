"""The control chart: run means in order, the smoothed level within its limits, alarms, runs that confirm, and events."""

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
from evaluations.charts.scale import Scale, finite, in_words, scale_over
from evaluations.charts.svg import (
    NARROW,
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

EXPLAINED = (
    "Each dot is a run; the line is the smoothed mean, the band where it may lie, the dashed line the mean of the reference. "
    "A ring is a run that confirms, a cross an alarm, a triangle on top a change that was told"
)


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """A run, in the scorer's unit. mean: None where it could not be read. level, low, high: None in the reference and beside the chart.

    centre: of the reference it is held against, another after each change; None while that is gathered. part: what it is, in words;
    beside: it is drawn as a ring, since it confirms or is not charted. alarm, event: in words.
    """

    name: str
    mean: float | None
    level: float | None = None
    low: float | None = None
    high: float | None = None
    centre: float | None = None
    part: str = ""
    beside: bool = False
    alarm: str = ""
    event: str = ""


def draw(points: Sequence[ControlPoint], look: Look | None = None) -> Svg:
    """The chart as SVG, points in the order given."""
    look = look or Look(name="Steadiness")
    if not finite([point.mean for point in points]):
        return nothing(look.name, "No run can be charted yet.", look.width)
    values = [
        one for point in points for one in (point.mean, point.level, point.low, point.high, point.centre)
    ]
    up = scale_over(values, BOTTOM, TOP, look.bounds, look.show)
    places = places_of([float(index) for index in range(len(points))], look.width)
    pairs = list(zip(points, places, strict=True))
    parts = grid(up, look.show, look.width)
    parts += [event_mark(f"{point.name}: {point.event}", x) for point, x in pairs if point.event]
    for stretch in _stretches(pairs):
        parts += _watched(stretch, up)
    parts += _centres(pairs, up, look)
    parts += [_run(point, x, up, look) for point, x in pairs if finite([point.mean])]
    parts += names_below([point.name for point in points], places, look.width)
    return picture(look.width, HEIGHT, look.name, EXPLAINED, parts)


def rows(points: Sequence[ControlPoint]) -> list[dict[str, Any]]:
    """The same values for a table or a file."""
    return [
        {
            "name": point.name,
            "mean": point.mean,
            "level": point.level,
            "low": point.low,
            "high": point.high,
            "centre": point.centre,
            "part": point.part,
            "alarm": point.alarm,
            "event": point.event,
        }
        for point in points
    ]


Pair = tuple[ControlPoint, float]


def _stretches(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Watched runs in order, broken where the limits begin anew; what stands between them is passed over."""
    stretches: list[list[Pair]] = [[]]
    for point, x in pairs:
        if len(finite([point.level, point.low, point.high])) < 3:
            continue
        before = stretches[-1][-1][0] if stretches[-1] else None
        if before is not None and _anew(before, point):
            stretches.append([])
        stretches[-1].append((point, x))
    return [stretch for stretch in stretches if stretch]


def _anew(before: ControlPoint, point: ControlPoint) -> bool:
    """Limits widen from run to run until they are settled: narrower ones have begun anew, and so have others."""
    return before.centre != point.centre or (point.high or 0.0) < (before.high or 0.0)


def _watched(stretch: Sequence[Pair], up: Scale) -> list[str]:
    """Band and level; of a single run a whisker, since a band needs two."""
    if len(stretch) == 1:
        [(point, x)] = stretch
        limits = line("whisker", x, up.at(point.low or 0.0), x, up.at(point.high or 0.0))
        return [element("g", {"class": "simple"}, limits)]
    upper = [(x, up.at(point.high or 0.0)) for point, x in stretch]
    lower = [(x, up.at(point.low or 0.0)) for point, x in reversed(stretch)]
    level = path_through([(x, up.at(point.level or 0.0)) for point, x in stretch])
    return [
        element("polygon", {"class": "band", "points": joined(upper + lower)}),
        element("g", {"class": "ours path"}, level),
    ]


def _centres(pairs: Sequence[Pair], up: Scale, look: Look) -> list[str]:
    """A line from the first to the last run that each centre holds for; the newest is named where there is room."""
    held: dict[float, list[float]] = {}
    for point, x in pairs:
        if point.centre is not None and finite([point.centre]):
            held.setdefault(point.centre, []).append(x)
    parts = [
        line("frontier", places[0] - 8, up.at(value), places[-1] + 8, up.at(value))
        for value, places in held.items()
    ]
    if held and look.width > NARROW:
        value = list(held)[-1]
        parts.append(label(f"centre {in_words(value, look.show)}", LEFT + 4, TOP - 3))
    return parts


def _run(point: ControlPoint, x: float, up: Scale, look: Look) -> str:
    said = [f"{point.name}: {in_words(point.mean, look.show)}", point.part]
    if point.level is not None:
        said.append(f"smoothed {in_words(point.level, look.show)}")
    said += [point.alarm, point.event]
    y = up.at(point.mean or 0.0)
    ring = dot(x, y, 4.5, "hollow" if point.beside else None)
    parts = [title(" · ".join(words for words in said if words)), ring]
    if point.alarm:
        parts.append(_cross(x, up.at(point.level if point.level is not None else point.mean or 0.0)))
    return element("g", {"class": "ours"}, *parts)


def _cross(x: float, y: float) -> str:
    """Told by its shape, not by its colour."""
    return line("plumb", x - 6, y - 6, x + 6, y + 6) + line("plumb", x - 6, y + 6, x + 6, y - 6)
