"""The share of predicted steps at which a scene obeys what holds in every scene: no target says where things should be."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from evaluations.scorers.configs import FIELD, PASS_MARK, config_problems, object_schema
from evaluations.scorers.reading import Unreadable, find_field, graded
from evaluations.scorers.states import Point, predicted_states, read_states
from evaluations.scorers.types import CaseView, Kind, Measure, NotScorable, Output, Scored

slug = "consistency"
title = "Consistent scene"
description = "The share of predicted steps at which nothing jumps, leaves the scene, overlaps or disappears."
measure = Measure(kind=Kind.BOUNDED)
config_schema = object_schema(
    {
        "v_max": {
            "type": "number",
            "exclusiveMinimum": 0,
            "title": "Farthest way in one step",
            "description": "A longer one is a jump.",
        },
        "bounds": {
            "type": "object",
            "additionalProperties": {
                "type": "array",
                "items": {"type": "number"},
                "minItems": 2,
                "maxItems": 2,
            },
            "title": "Edges of the scene",
            "description": "Lowest and highest coordinate by axis.",
        },
        "min_distance": {
            "type": "number",
            "exclusiveMinimum": 0,
            "title": "Objects stay apart by",
            "description": "Nearer to each other than this, two objects overlap.",
        },
        "count": {
            "type": "boolean",
            "default": True,
            "title": "No object appears or disappears",
        },
        "history": {
            "type": "string",
            "maxLength": 200,
            "default": "history",
            "title": "Field of the input with the states before",
            "description": "The first predicted step is held against the last of them.",
        },
        "slack": {
            "type": "number",
            "minimum": 0,
            "default": 1e-6,
            "title": "Slack",
            "description": "By so much a length may miss its limit.",
        },
        "field": FIELD
        | {
            "description": "Where the predicted states are in a JSON output, e.g. states; empty for the whole of it."
        },
        "pass_mark": PASS_MARK | {"minimum": 0, "maximum": 1, "default": 1},
    }
)
example_config = {"v_max": 2, "bounds": {"x": [0, 10], "y": [0, 6]}, "min_distance": 0.4, "field": "states"}

AXES = "xyz"
MOST_NAMED = 5
Step = Sequence[Point]
Rule = Callable[[Step, Step | None], bool]


def validate(config: Mapping[str, Any]) -> list[str]:
    problems = config_problems(config, config_schema)
    if problems:
        return problems
    bounds = config.get("bounds", {})
    unknown = [axis for axis in bounds if axis not in tuple(AXES)]
    if unknown:
        return [f"“bounds” names the axis {unknown[0][:20]}; there is x, y and z."]
    return [
        f"The lowest {axis} is not below the highest."
        for axis, (low, high) in sorted(bounds.items())
        if low >= high
    ]


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """Steps that hold every rule / steps, in [0, 1]; the rationale names which step broke what first."""
    before = _before(case, config.get("history", "history"))
    states = predicted_states(output, config)
    wanted = _steps_wanted(target, config)
    if wanted and len(states) != wanted:
        raise Unreadable(f"There are {len(states)} steps instead of {wanted}.")
    rules = dict(_rules(config))
    broken = [
        (number, [name for name, holds in rules.items() if not holds(step, previous)])
        for number, (previous, step) in enumerate(zip([before, *states], states, strict=False), start=1)
    ]
    wrong = [(number, names) for number, names in broken if names]
    words = "; ".join(f"step {number}: {', '.join(names)}" for number, names in wrong[:MOST_NAMED])
    return Scored(1 - len(wrong) / len(states), rationale=words)


def _before(case: CaseView, path: str) -> Step | None:
    if not isinstance(case.input, Mapping) or not path:
        return None
    try:
        return read_states(find_field(case.input, path))[-1]
    except LookupError:
        return None
    except Unreadable as problem:
        raise NotScorable(f"The states before in case “{case.key}” cannot be used: {problem}") from None


def _steps_wanted(target: Any, config: Mapping[str, Any]) -> int:
    """How many steps were asked for; 0 where the target does not say."""
    if isinstance(target, Mapping):
        try:
            target = find_field(target, config.get("field") or "states")
        except LookupError:
            return 0
    return len(target) if isinstance(target, list) else 0


def _rules(config: Mapping[str, Any]) -> Iterator[tuple[str, Rule]]:
    slack = config.get("slack", 1e-6)
    if config.get("count", True):
        yield "another number of objects", lambda step, last: last is None or len(step) == len(last)
    if (farthest := config.get("v_max")) is not None:
        yield "a jump", lambda step, last: all(way <= farthest + slack for way in _ways(step, last))
    if bounds := config.get("bounds"):
        yield "outside", lambda step, last: all(_inside(point, bounds, slack) for point in step)
    if (apart := config.get("min_distance")) is not None:
        yield (
            "an overlap",
            lambda step, last: all(math.dist(*pair) >= apart - slack for pair in combinations(step, 2)),
        )


def _ways(step: Step, last: Step | None) -> list[float]:
    pairs = zip(step, last or [], strict=False)
    return [math.dist(here, there) for here, there in pairs if len(here) == len(there)]


def _inside(point: Point, bounds: Mapping[str, Sequence[float]], slack: float) -> bool:
    placed = dict(zip(AXES, point, strict=False))
    return all(
        low - slack <= placed[axis] <= high + slack for axis, (low, high) in bounds.items() if axis in placed
    )
