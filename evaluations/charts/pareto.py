"""The Pareto chart: quality against cost or latency; the frontier joins what nothing else beats on both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.charts.gap import Side
from evaluations.charts.scale import (
    Scale,
    Show,
    finite,
    in_short,
    in_words,
    range_in_words,
    scale_over,
    span,
    ticks,
)
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

TOP, HEIGHT, LEFT = 30.0, 300.0, 54.0
BOTTOM = HEIGHT - 44
Box = tuple[float, float, float, float]
EXPLAINED = "Up is better, left is cheaper; the stepped line joins the models that no other beats on both; bars are ranges"


@dataclass(frozen=True, slots=True)
class ParetoPoint:
    """One model: quality (rates as fractions) and price (money or ms, lower is better), each with its range where it has one."""

    name: str
    side: Side
    quality: float | None
    price: float | None
    quality_low: float | None = None
    quality_high: float | None = None
    price_low: float | None = None
    price_high: float | None = None


@dataclass(frozen=True, slots=True)
class ParetoLook:
    """How both values are written and named, which way quality is better, and the chart's name and width."""

    quality_show: Show = Show.PERCENT
    price_show: Show = Show.MONEY
    quality_name: str = "quality"
    price_name: str = "cost"
    name: str = "Quality against cost"
    width: float = 620.0
    higher_is_better: bool = True


def draw(points: Sequence[ParetoPoint], look: ParetoLook | None = None) -> Svg:
    """The chart as SVG; points that lack a value are left out (the table has them)."""
    look = look or ParetoLook()
    placed = _placed(points)
    if not placed:
        return nothing(look.name, "No model has both values yet.", look.width)
    prices = [end for point, _, price in placed for end in (price, point.price_low, point.price_high)]
    across = scale_over(prices, LEFT + 8, look.width - 16, show=look.price_show)
    up = _up(placed, look)
    best = frontier(points, higher_is_better=look.higher_is_better)
    parts = [*_grid(across, up, look), _steps(best, across, up)]
    parts += [_mark(point, point in best, across, up, look) for point, _, _ in placed]
    parts += _labels(
        [(point, across.at(price), up.at(quality)) for point, quality, price in placed], look.width
    )
    return picture(look.width, HEIGHT, look.name, EXPLAINED, parts)


def _up(placed: Sequence[tuple[ParetoPoint, float, float]], look: ParetoLook) -> Scale:
    """Better is up, whichever way the values run."""
    ends = [end for point, quality, _ in placed for end in (quality, point.quality_low, point.quality_high)]
    bottom, top = (BOTTOM, TOP) if look.higher_is_better else (TOP, BOTTOM)
    return scale_over(ends, bottom, top, show=look.quality_show)


def rows(points: Sequence[ParetoPoint], *, higher_is_better: bool = True) -> list[dict[str, Any]]:
    """The same values for a table or a file: name, side, quality and price with their ranges, frontier."""
    best = frontier(points, higher_is_better=higher_is_better)
    return [
        {
            "name": point.name,
            "side": point.side,
            "quality": point.quality,
            "quality_low": point.quality_low,
            "quality_high": point.quality_high,
            "price": point.price,
            "price_low": point.price_low,
            "price_high": point.price_high,
            "frontier": point in best,
        }
        for point in points
    ]


def frontier(points: Sequence[ParetoPoint], *, higher_is_better: bool = True) -> list[ParetoPoint]:
    """The points that no other equals or beats on both while beating it on one, cheapest first."""
    best: list[ParetoPoint] = []
    reached: tuple[float, float] | None = None
    sign = 1 if higher_is_better else -1
    turned = [(point, sign * quality, price) for point, quality, price in _placed(points)]
    for point, quality, price in sorted(turned, key=lambda entry: (entry[2], -entry[1])):
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
    return element("path", {"class": "frontier", "fill": "none", "d": "".join(corners)})


def _mark(point: ParetoPoint, best: bool, across: Scale, up: Scale, look: ParetoLook) -> str:
    quality, price = point.quality or 0.0, point.price or 0.0
    x, y = across.at(price), up.at(quality)
    words = (
        f"{point.name}: {look.quality_name} {in_words(quality, look.quality_show)}"
        f"{range_in_words(point.quality_low, point.quality_high, look.quality_show)}, "
        f"{look.price_name} {in_words(price, look.price_show)}"
        f"{range_in_words(point.price_low, point.price_high, look.price_show)}{', on the frontier' if best else ''}"
    )
    bars = []
    if known := span(point.quality_low, point.quality_high):
        bars.append(line("whisker", x, up.at(known[0]), x, up.at(known[1])))
    if known := span(point.price_low, point.price_high):
        bars.append(line("whisker", across.at(known[0]), y, across.at(known[1]), y))
    return element("g", {"class": point.side}, title(words), *bars, dot(x, y, css=None if best else "hollow"))


def _labels(places: Sequence[tuple[ParetoPoint, float, float]], width: float) -> list[str]:
    """Names beside their dots, each on the first side where it covers no dot and no other name."""
    taken: list[Box] = [(x - 6, y - 6, x + 6, y + 6) for _, x, y in places]
    found = []
    for point, x, y in places:
        room = min(len(point.name) * CHARACTER, width * 0.3)
        sides = [(x + 8, y - 7), (x - 8 - room, y - 7), (x + 8, y + 15), (x - 8 - room, y + 15)]
        inside = [at for at in sides if at[0] >= LEFT and at[0] + room <= width] or sides[:1]
        boxes = {at: (at[0], at[1] - 10, at[0] + room, at[1] + 2) for at in inside}
        place = next((at for at in inside if not any(_meet(boxes[at], one) for one in taken)), inside[0])
        taken.append(boxes[place])
        found.append(short_label(point.name, *place, max(room, 20.0) + 1, "label"))
    return found


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
