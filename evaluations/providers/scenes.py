"""Small world models that run on this machine: from where things were seen, where they will be.

The input is `{"room": {"width", "height", "radius"}, "history": [step][object][x, y], "action": {"object", "push": [dx, dy]} or null,
"steps": n}`; the answer is `{"states": [step][object][x, y]}`, one step a second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Point = Sequence[float]
RESTITUTION = 0.9
DAMPING = 0.15


@dataclass(frozen=True)
class Seen:
    """An input that can be used. velocities: one for each object, in lengths a step."""

    last: Sequence[Point]
    velocities: Sequence[tuple[float, float]]
    edges: tuple[tuple[float, float], tuple[float, float]]
    steps: int


def still_velocity(case_input: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Everything goes on as between the last two states: no walls, no push. The simple alternative."""
    seen = _seen(case_input, _last_velocity)
    return _answer(
        [
            [
                [x + step * dx, y + step * dy]
                for (x, y), (dx, dy) in zip(seen.last, seen.velocities, strict=True)
            ]
            for step in range(1, seen.steps + 1)
        ]
    )


def bouncing(case_input: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Straight lines at the velocity that fits the whole history, the push added, thrown back by walls with 0.9 of the speed."""
    seen = _seen(case_input, _fitted_velocity, pushed=True)
    return _answer(_walked(seen, kept=1.0, thrown_back=RESTITUTION))


def damped(case_input: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """As between the last two states, losing 15 % of the speed each step; thrown back by walls, blind to a push."""
    seen = _seen(case_input, _last_velocity)
    return _answer(_walked(seen, kept=1 - DAMPING, thrown_back=1.0))


def _walked(seen: Seen, kept: float, thrown_back: float) -> list[list[list[float]]]:
    points = [list(point) for point in seen.last]
    speeds = [list(velocity) for velocity in seen.velocities]
    states = []
    for _ in range(seen.steps):
        for point, speed in zip(points, speeds, strict=True):
            for axis, (low, high) in enumerate(seen.edges):
                speed[axis] *= kept
                point[axis], speed[axis] = _reflected(point[axis], speed[axis], low, high, thrown_back)
        states.append([list(point) for point in points])
    return states


def _reflected(at: float, speed: float, low: float, high: float, thrown_back: float) -> tuple[float, float]:
    """Place and speed along one axis after a step between two walls."""
    there = at + speed
    if there > high:
        there, speed = high - (there - high) * thrown_back, -speed * thrown_back
    elif there < low:
        there, speed = low + (low - there) * thrown_back, -speed * thrown_back
    return min(max(there, low), high), speed


def _seen(case_input: Any, velocity: Callable[[Sequence[float]], float], *, pushed: bool = False) -> Seen:
    """Raises ValueError for an input that is no scene."""
    try:
        history = case_input["history"]
        room, action = case_input["room"], case_input.get("action")
        tracks = [
            list(zip(*(state[place] for state in history), strict=True)) for place in range(len(history[0]))
        ]
        velocities = [[velocity(axis) for axis in track] for track in tracks]
        if pushed and action:
            velocities[action["object"]] = [
                speed + push for speed, push in zip(velocities[action["object"]], action["push"], strict=True)
            ]
        radius = room["radius"]
        edges = ((radius, room["width"] - radius), (radius, room["height"] - radius))
        return Seen(history[-1], [(dx, dy) for dx, dy in velocities], edges, int(case_input["steps"]))
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as problem:
        raise ValueError(f"This callable needs a scene: room, history and steps ({problem}).") from None


def _last_velocity(places: Sequence[float]) -> float:
    return places[-1] - places[-2]


def _fitted_velocity(places: Sequence[float]) -> float:
    """The slope of the least-squares line through all places."""
    if len(places) < 2:
        raise IndexError("one state tells no velocity")
    middle = (len(places) - 1) / 2
    spread = sum((index - middle) ** 2 for index in range(len(places)))
    return sum((index - middle) * place for index, place in enumerate(places)) / spread


def _answer(states: Sequence[Sequence[Sequence[float]]]) -> dict[str, Any]:
    return {"states": [[[round(value, 3) for value in point] for point in state] for state in states]}
