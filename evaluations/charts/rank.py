"""The rank chart: the ranks one model may hold over time, as bars from best to worst; nothing joins what was not measured alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from evaluations.charts.gap import Side
from evaluations.charts.svg import (
    Svg,
    box,
    element,
    label,
    line,
    nothing,
    number,
    picture,
    short_label,
    title,
)

TOP, ROW, LEFT, FOOT = 20.0, 22.0, 40.0, 30.0
MOST_ROWS = 12
EXPLAINED = (
    "Each bar runs from the best to the worst rank the cases leave open, 1 on top; the band joins neighbours "
    "measured alike, and a dashed line is a change of cases, prompt or scorer"
)


@dataclass(frozen=True, slots=True)
class RankPoint:
    """One moment. best, worst: None where the model was not ranked; why says so. of: how many were ranked.

    stretch: moments of one stretch were measured alike, and only those are joined. event: what changed of the model there.
    """

    name: str
    best: int | None
    worst: int | None
    of: int
    stretch: str
    why: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class RankLook:
    """The chart's name and width, and whose colour the bars have."""

    name: str = "Rank over time"
    width: float = 620.0
    side: Side = "ours"


def draw(points: Sequence[RankPoint], look: RankLook | None = None) -> Svg:
    """The chart as SVG, points in the order given, evenly spaced."""
    look = look or RankLook()
    if not any(point.best for point in points):
        return nothing(look.name, "It was never ranked here.", look.width)
    most = max(point.of for point in points)
    step = ROW if most <= MOST_ROWS else ROW * MOST_ROWS / most
    bottom = TOP + step * most
    places = _places(len(points), look.width)
    parts = [*_grid(most, step, look), *_breaks(points, places, bottom)]
    parts += [
        _band(pair, xs, step)
        for pair, xs in zip(pairwise(points), pairwise(places), strict=True)
        if _alike(*pair)
    ]
    parts += [_bar(point, x, step, bottom, look.side) for point, x in zip(points, places, strict=True)]
    parts += _names(points, places, bottom, look.width)
    return picture(look.width, bottom + FOOT, look.name, EXPLAINED, parts)


def rows(points: Sequence[RankPoint]) -> list[dict[str, Any]]:
    """The same values for a table or a file: name, best, worst, of, measured, why, event."""
    return [
        {
            "name": point.name,
            "best": point.best,
            "worst": point.worst,
            "of": point.of,
            "measured": point.stretch,
            "why": point.why,
            "event": point.event,
        }
        for point in points
    ]


def _places(count: int, width: float) -> list[float]:
    first, last = LEFT + 20, width - 28
    if count == 1:
        return [(first + last) / 2]
    return [first + index * (last - first) / (count - 1) for index in range(count)]


def _level(rank: int, step: float) -> float:
    return TOP + (rank - 0.5) * step


def _grid(most: int, step: float, look: RankLook) -> list[str]:
    every = max(1, -(-most // MOST_ROWS))
    return [
        part
        for rank in range(1, most + 1, every)
        for part in (
            line("axis", LEFT, _level(rank, step), look.width, _level(rank, step)),
            label(str(rank), LEFT - 8, _level(rank, step) + 4, anchor="end"),
        )
    ]


def _alike(one: RankPoint, other: RankPoint) -> bool:
    return one.stretch == other.stretch and bool(one.best and other.best)


def _breaks(points: Sequence[RankPoint], places: Sequence[float], bottom: float) -> list[str]:
    """A dashed line between two stretches, with what came after it."""
    found = []
    for (one, other), (left, right) in zip(pairwise(points), pairwise(places), strict=True):
        if one.stretch != other.stretch:
            x = (left + right) / 2
            dashes = element(
                "line",
                {"class": "axis", "x1": x, "x2": x, "y1": TOP - 6, "y2": bottom, "stroke-dasharray": "3 3"},
            )
            words = label(other.stretch, x, TOP - 9, anchor="middle")
            found.append(element("g", {}, title(f"From here on measured by {other.stretch}"), dashes, words))
    return found


def _band(pair: tuple[RankPoint, RankPoint], xs: tuple[float, float], step: float) -> str:
    one, other = pair
    corners = [
        (xs[0], _level(one.best or 1, step) - 4),
        (xs[1], _level(other.best or 1, step) - 4),
        (xs[1], _level(other.worst or 1, step) + 4),
        (xs[0], _level(one.worst or 1, step) + 4),
    ]
    joined = " ".join(f"{number(x)},{number(y)}" for x, y in corners)
    return element("polygon", {"class": "band", "points": joined})


def _bar(point: RankPoint, x: float, step: float, bottom: float, side: Side) -> str:
    event = f" · {point.event}" if point.event else ""
    if point.best is None or point.worst is None:
        words = title(f"{point.name}: not ranked, {point.why or 'nothing measured'}{event}")
        return element("g", {}, words, label("◌", x, bottom - 4, anchor="middle"))
    words = f"{point.name}: rank {_span(point)} of {point.of}, {point.stretch}{event}"
    top, low = _level(point.best, step) - 4, _level(point.worst, step) + 4
    bar = box("held", x - 4, top, 8.0, low - top)
    marks = [title(words), bar]
    if point.event:
        marks.append(element("path", {"class": "bob", "d": f"M{number(x - 4)} {number(top - 11)}h8l-4 7z"}))
    return element("g", {"class": side}, *marks)


def _span(point: RankPoint) -> str:
    return f"{point.best}" if point.best == point.worst else f"{point.best} to {point.worst}"


def _names(points: Sequence[RankPoint], places: Sequence[float], bottom: float, width: float) -> list[str]:
    fitting = max(2, int((width - LEFT) / 84))
    every = max(1, -(-(len(points) - 1) // (fitting - 1))) if len(points) > 1 else 1
    last = len(points) - 1
    shown = sorted({last - index for index in range(0, len(points), every)})
    room = (width - LEFT) / min(fitting, len(points)) - 6
    return [
        short_label(
            points[index].name,
            places[index] + (24 if index == last and last else 0),
            bottom + 18,
            room,
            anchor="end" if index == last and last else "middle",
        )
        for index in shown
    ]
