"""The scene seen from above: what was seen, what was predicted and what truly happened, a path for each object."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.charts.scale import Scale, finite
from evaluations.charts.svg import Svg, dot, element, label, line, nothing, number, picture, title

Point = Sequence[float]
States = Sequence[Sequence[Point]]

MARGIN = 12.0
TALLEST = 420.0
LEGEND = 24.0
MOST_OBJECTS = 40
EXPLAINED = "The scene from above: each path is one object, a mark for every step"


@dataclass(frozen=True, slots=True)
class SceneLook:
    """room: low and high of x and of y, where they are known."""

    name: str = "Scene"
    width: float = 340.0
    room: tuple[tuple[float, float], tuple[float, float]] | None = None


@dataclass(frozen=True, slots=True)
class Plane:
    """Both axes at one scale, so that a circle stays one; y grows upwards."""

    across: Scale
    up: Scale
    height: float

    def at(self, point: Point) -> tuple[float, float]:
        return self.across.at(point[0]), self.up.at(point[1])


def draw(history: States, predicted: States, truth: States, look: SceneLook | None = None) -> Svg:
    """The chart as SVG; states are [step][object][x, y], a third coordinate is left out. Parts may be empty."""
    look = look or SceneLook()
    parts = (history, predicted, truth)
    points = [point[:2] for states in parts for step in states for point in step if _drawable(point)]
    if not points:
        return nothing(look.name, "There are no positions to draw.", look.width)
    plane = _plane(points, look)
    last = history[-1:] if history else []
    drawn = [
        *_room(plane, look),
        *_paths(plane, history, "scene-seen", "seen", 1 - len(history)),
        *_paths(plane, [*last, *truth], "scene-true", "true", 0 if last else 1),
        *_paths(plane, [*last, *predicted], "ours", "predicted", 0 if last else 1),
        *_legend(plane.height + LEGEND - 6, look.width),
    ]
    return picture(look.width, plane.height + LEGEND, look.name, EXPLAINED, drawn)


def rows(history: States, predicted: States, truth: States) -> list[dict[str, Any]]:
    """The same values for a table or a file: step (0 is the last one seen), object from 1, what, x, y, and z where there is one."""
    found = []
    for what, states, first in (
        ("seen", history, 1 - len(history)),
        ("predicted", predicted, 1),
        ("true", truth, 1),
    ):
        for step, state in enumerate(states, start=first):
            for place, point in enumerate(state, start=1):
                named = dict(zip("xyz", point, strict=False))
                found.append({"step": step, "object": place, "what": what, **named})
    return found


def _drawable(point: Point) -> bool:
    return len(finite(point)) == len(point) >= 2


def _plane(points: Sequence[Point], look: SceneLook) -> Plane:
    if look.room:
        (left, right), (low, high) = look.room
    else:
        left, right = min(point[0] for point in points), max(point[0] for point in points)
        low, high = min(point[1] for point in points), max(point[1] for point in points)
    wide, tall = max(right - left, 1e-6), max(high - low, 1e-6)
    unit = min((look.width - 2 * MARGIN) / wide, (TALLEST - 2 * MARGIN) / tall)
    height = max(tall * unit, 40.0)
    across = Scale(left, left + wide, MARGIN, MARGIN + wide * unit)
    return Plane(across, Scale(low, low + tall, MARGIN + height, MARGIN), height + 2 * MARGIN)


def _room(plane: Plane, look: SceneLook) -> list[str]:
    if not look.room:
        return []
    (left, right), (low, high) = look.room
    corners = [plane.at(corner) for corner in ((left, low), (right, low), (right, high), (left, high))]
    return [
        line("axis", *here, *there) for here, there in zip(corners, [*corners[1:], corners[0]], strict=True)
    ]


def _paths(plane: Plane, states: States, css: str, what: str, first: int) -> list[str]:
    """One group for each object. first: the number of the first step, 0 being the last one seen."""
    most = min(max((len(state) for state in states), default=0), MOST_OBJECTS)
    found = []
    for place in range(most):
        steps = [
            (number, state[place])
            for number, state in enumerate(states, start=first)
            if place < len(state) and _drawable(state[place])
        ]
        if steps:
            found.append(element("g", {"class": css}, *_path(plane, steps, what, place + 1)))
    return found


def _path(plane: Plane, steps: Sequence[tuple[int, Point]], what: str, place: int) -> list[str]:
    places = [plane.at(point) for _, point in steps]
    way = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in places)
    marks = [
        element("g", {}, title(f"Object {place}, {what}, step {step}: {_words(point)}"), dot(*at, 3.0))
        for (step, point), at in zip(steps, places, strict=True)
        if step > 0 or what == "seen"
    ]
    return [element("path", {"class": "way", "d": way}), *marks]


def _words(point: Point) -> str:
    return ", ".join(f"{value:.4g}".replace("-", "−") for value in point)


def _legend(at: float, width: float) -> list[str]:
    parts = []
    for index, (css, words) in enumerate(
        (("scene-seen", "seen"), ("ours", "predicted"), ("scene-true", "true"))
    ):
        x = MARGIN + index * min(110.0, (width - 2 * MARGIN) / 3)
        parts += [element("g", {"class": css}, dot(x + 4, at - 4, 3.5)), label(words, x + 14, at)]
    return parts
