"""The bar of a cell: a value and its plausible range in the space of a word. The numbers stand beside it, so it has no title."""

from evaluations.charts.gap import Side
from evaluations.charts.scale import Scale, finite, span
from evaluations.charts.svg import Svg, dot, element, line

WIDTH, HEIGHT = 88.0, 10.0


def draw(
    side: Side, point: float | None, low: float | None, high: float | None, ends: tuple[float, float]
) -> Svg:
    """The bar as SVG, on the scale of its column; empty without a value."""
    if not finite([point]) or point is None:
        return Svg("")
    scale = Scale(ends[0], ends[1] if ends[1] > ends[0] else ends[0] + 1, 4.0, WIDTH - 4)
    middle = HEIGHT / 2
    parts = []
    if known := span(low, high):
        parts.append(line("whisker", scale.at(known[0]), middle, scale.at(known[1]), middle))
    parts.append(dot(scale.at(point), middle, 3.0))
    attributes = {
        "class": f"spark {side}",
        "viewBox": f"0 0 {WIDTH:g} {HEIGHT:g}",
        "width": f"{WIDTH:g}",
        "height": f"{HEIGHT:g}",
        "aria-hidden": "true",
    }
    return Svg(element("svg", attributes, *parts))
