"""The reliability diagram: how often labels of a probability were right; on the dotted line they are as often right as they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.charts.svg import Svg, dot, element, label, line, nothing, picture, title

SIDE, LEFT, TOP = 220.0, 48.0, 12.0
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
EXPLAINED = (
    "Across the probability given, upwards the share that was right; below the line the model is too sure"
)


@dataclass(frozen=True, slots=True)
class ReliabilityPoint:
    """Labels whose probability lies from low to high; n of them, their mean probability and the share that was right."""

    low: float
    high: float
    probability: float
    right: float
    n: int


def draw(points: Sequence[ReliabilityPoint], name: str = "Reliability diagram") -> Svg:
    """A dot a bin, the larger the more cases it holds."""
    if not points:
        return nothing(name, "No probabilities were given.", 360.0)
    most = max(point.n for point in points)
    grid = [part for tick in TICKS for part in _tick(tick)]
    diagonal = element(
        "line",
        {"class": "plumb", "stroke-dasharray": "3 4", "x1": _x(0), "y1": _y(0), "x2": _x(1), "y2": _y(1)},
    )
    dots = [_dot(point, most) for point in points]
    below = label("probability given", _x(0.5), TOP + SIDE + 34, "label", "middle")
    above = label("right", 0.0, TOP + 4, "label")
    return picture(LEFT + SIDE + 30, TOP + SIDE + 42, name, EXPLAINED, [*grid, diagonal, *dots, below, above])


def rows(points: Sequence[ReliabilityPoint]) -> list[dict[str, Any]]:
    """The same for a table or a file, fractions."""
    return [
        {"from": one.low, "to": one.high, "probability": one.probability, "right": one.right, "cases": one.n}
        for one in points
    ]


def _x(value: float) -> float:
    return LEFT + value * SIDE


def _y(value: float) -> float:
    return TOP + (1 - value) * SIDE


def _tick(value: float) -> list[str]:
    words = f"{value * 100:g}\u202f%"
    return [
        line("axis", _x(value), _y(0), _x(value), _y(0) + 4),
        line("axis", _x(0), _y(value), _x(1), _y(value)),
        label(words, _x(value), _y(0) + 18, "label", "middle"),
        label(words, LEFT - 6, _y(value) + 4, "label", "end"),
    ]


def _dot(point: ReliabilityPoint, most: int) -> str:
    words = (
        f"{point.n} cases said {point.low * 100:g} to {point.high * 100:g} %: "
        f"{point.probability * 100:.1f} % on average, {point.right * 100:.1f} % were right"
    )
    radius = 3 + 6 * (point.n / most) ** 0.5
    mark = dot(_x(point.probability), _y(point.right), radius)
    return element("g", {"class": "ours"}, title(words), mark)
