"""The Pareto chart: quality against cost or latency; the frontier joins what nothing else beats on both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.charts.gap import Side
from evaluations.charts.scale import Scale, Show, finite, in_short, in_words, scale_over, ticks
from evaluations.charts.svg import (
    CHARACTER,
    Svg,
    dot,
    element,
    label,
    line,
    nothing,
    number,
    picture,
    short_label,
    title,
)

TOP, HEIGHT, LEFT = 16.0, 280.0, 54.0
BOTTOM = HEIGHT - 44
EXPLAINED = "Up is better, left is cheaper; the stepped line joins the models that no other beats on both"


@dataclass(frozen=True, slots=True)
class ParetoPoint:
    """One model: quality (higher is better, rates as fractions) and price (money or ms, lower is better)."""

    name: str
    side: Side
    quality: float | None
    price: float | None


@dataclass(frozen=True, slots=True)
class ParetoLook:
    """How both values are written and named, and the chart's name and width."""

    quality_show: Show = Show.PERCENT
    price_show: Show = Show.MONEY
    quality_name: str = "quality"
    price_name: str = "cost"
    name: str = "Quality against cost"
    width: float = 620.0


def draw(points: Sequence[ParetoPoint], look: ParetoLook | None = None) -> Svg:
    """The chart as SVG; points that lack a value are left out (the table has them)."""
    look = look or ParetoLook()
    placed = _placed(points)
    if not placed:
        return nothing(look.name, "No model has both values yet.", look.width)
    across = scale_over([price for _, _, price in placed], LEFT + 8, look.width - 16, show=look.price_show)
    up = scale_over([quality for _, quality, _ in placed], BOTTOM, TOP, show=look.quality_show)
    best = frontier(points)
    parts = [*_grid(across, up, look), _steps(best, across, up)]
    parts += [_mark(point, point in best, across, up, look) for point, _, _ in placed]
    return picture(look.width, HEIGHT, look.name, EXPLAINED, parts)


def rows(points: Sequence[ParetoPoint]) -> list[dict[str, Any]]:
    """The same values for a table or a file: name, side, quality, price, frontier."""
    best = frontier(points)
    return [
        {
            "name": point.name,
            "side": point.side,
            "quality": point.quality,
            "price": point.price,
            "frontier": point in best,
        }
        for point in points
    ]


def frontier(points: Sequence[ParetoPoint]) -> list[ParetoPoint]:
    """The points that no other equals or beats on both while beating it on one, cheapest first."""
    best: list[ParetoPoint] = []
    reached: tuple[float, float] | None = None
    for point, quality, price in sorted(_placed(points), key=lambda entry: (entry[2], -entry[1])):
        if reached is None or quality > reached[0] or (quality, price) == reached:
            best.append(point)
            reached = (quality, price)
    return best


def _placed(points: Sequence[ParetoPoint]) -> list[tuple[ParetoPoint, float, float]]:
    return [
        (point, point.quality, point.price)
        for point in points
        if point.quality is not None
        and point.price is not None
        and len(finite([point.quality, point.price])) == 2
    ]


def _grid(across: Scale, up: Scale, look: ParetoLook) -> list[str]:
    parts = []
    for value in ticks(up):
        parts.append(line("axis", LEFT, up.at(value), look.width, up.at(value)))
        parts.append(label(in_short(value, look.quality_show), LEFT - 6, up.at(value) + 4, anchor="end"))
    for value in ticks(across, max(2, int(look.width / 130))):
        parts.append(label(in_short(value, look.price_show), across.at(value), BOTTOM + 18, anchor="middle"))
    parts.append(label(look.quality_name, 0.0, 10.0))
    parts.append(label(f"{look.price_name} →", look.width, HEIGHT - 6, anchor="end"))
    return parts


def _steps(best: Sequence[ParetoPoint], across: Scale, up: Scale) -> str:
    corners: list[str] = []
    for point in best:
        x, y = number(across.at(point.price or 0.0)), number(up.at(point.quality or 0.0))
        corners.append(f"H{x}V{y}" if corners else f"M{x} {y}")
    return element("path", {"class": "frontier axis", "fill": "none", "d": "".join(corners)})


def _mark(point: ParetoPoint, best: bool, across: Scale, up: Scale, look: ParetoLook) -> str:
    quality, price = point.quality or 0.0, point.price or 0.0
    x, y = across.at(price), up.at(quality)
    words = (
        f"{point.name}: {look.quality_name} {in_words(quality, look.quality_show)}, "
        f"{look.price_name} {in_words(price, look.price_show)}{', on the frontier' if best else ''}"
    )
    room = look.width * 0.3
    taken = min(len(point.name) * CHARACTER, room)
    start = x + 8 if x + 8 + taken <= look.width else x - 8 - taken
    mark = element("g", {"class": point.side}, title(words), dot(x, y, css=None if best else "hollow"))
    return mark + short_label(point.name, start, y - 6, room, "label")
