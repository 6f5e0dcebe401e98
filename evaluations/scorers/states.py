"""Reads predicted and true states of a scene: a list of steps, each a list of objects, each a list of 2 or 3 coordinates."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.scorers.configs import FIELD, TARGET_FIELD
from evaluations.scorers.reading import Unreadable, find_field, read_json, wanted_value, whole_text
from evaluations.scorers.types import CaseView, NotScorable, Output

Point = tuple[float, ...]
States = Sequence[Sequence[Point]]

LARGEST = 1e9
MOST_POINTS = 50_000
MOST_OBJECTS = 300  # every pair of them is looked at for overlaps
SETTINGS = {
    "steps": {
        "enum": ["all", "last"],
        "default": "all",
        "title": "Which steps count",
        "description": "all of them, or the last alone: the displacement at the end.",
    },
    "field": FIELD
    | {
        "description": "Where the predicted states are in a JSON output, e.g. states; empty for the whole of it."
    },
    "target_field": TARGET_FIELD,
}


def predicted_states(output: Output, config: Mapping[str, Any]) -> States:
    """The states of an answer. Raises Unreadable, ModelFailed."""
    value = read_json(whole_text(output))
    if path := config.get("field", ""):
        try:
            value = find_field(value, path)
        except LookupError:
            raise Unreadable(f"The answer's JSON has no field “{path}”.") from None
    return read_states(value)


def true_states(target: Any, case: CaseView, config: Mapping[str, Any]) -> States:
    """The states of a target, every step with as many objects as the first. Raises NotScorable."""
    try:
        states = read_states(wanted_value(target, case, config))
        _same_shape(states, [states[0]] * len(states))
    except Unreadable as problem:
        raise NotScorable(f"The target of case “{case.key}” cannot be used: {problem}") from None
    return states


def matching_states(
    output: Output, target: Any, case: CaseView, config: Mapping[str, Any]
) -> tuple[States, States]:
    """The predicted and the true states that count, of one shape. Raises NotScorable, Unreadable, ModelFailed."""
    right = true_states(target, case, config)
    found = predicted_states(output, config)
    _same_shape(found, right)
    return (found[-1:], right[-1:]) if config.get("steps", "all") == "last" else (found, right)


def read_states(value: Any) -> States:
    """Lists of numbers as states; steps may differ in how many objects they have. Raises Unreadable with the place."""
    if not isinstance(value, list) or not value:
        raise Unreadable("The states are not a list of steps.")
    if sum(len(step) for step in value if isinstance(step, list)) > MOST_POINTS:
        raise Unreadable(f"There are more than {MOST_POINTS:,} positions.")
    states = [_step(step, number) for number, step in enumerate(value, start=1)]
    if len({len(point) for step in states for point in step}) != 1:
        raise Unreadable("The positions do not all have the same number of coordinates.")
    return states


def _step(step: Any, number: int) -> list[Point]:
    if not isinstance(step, list):
        raise Unreadable(f"Step {number} is not a list of objects.")
    if len(step) > MOST_OBJECTS:
        raise Unreadable(f"Step {number} has more than {MOST_OBJECTS} objects.")
    return [_point(point, number, place) for place, point in enumerate(step, start=1)]


def _point(point: Any, step: int, place: int) -> Point:
    if not isinstance(point, list) or len(point) not in (2, 3) or not all(map(_is_number, point)):
        raise Unreadable(f"Object {place} of step {step} is not a list of 2 or 3 numbers.")
    return tuple(map(float, point))


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and abs(value) <= LARGEST
    )


def _same_shape(found: States, right: States) -> None:
    if len(found) != len(right):
        raise Unreadable(f"There are {len(found)} steps instead of {len(right)}.")
    for number, (ours, theirs) in enumerate(zip(found, right, strict=True), start=1):
        if len(ours) != len(theirs):
            raise Unreadable(f"Step {number} has {len(ours)} objects instead of {len(theirs)}.")
        if ours and len(ours[0]) != len(theirs[0]):
            raise Unreadable(f"Positions have {len(ours[0])} coordinates instead of {len(theirs[0])}.")


def distances(found: States, right: States) -> list[float]:
    """Euclidean distance of every position from the true one, step by step, object by object."""
    return [
        math.dist(ours, theirs)
        for step, truth in zip(found, right, strict=True)
        for ours, theirs in zip(step, truth, strict=True)
    ]
