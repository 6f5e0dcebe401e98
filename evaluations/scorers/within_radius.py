"""The share of predicted positions that lie within a radius of the true ones."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import PASS_MARK, config_problems, object_schema
from evaluations.scorers.reading import graded_by
from evaluations.scorers.states import SETTINGS, distances, matching_states, true_states
from evaluations.scorers.types import CaseView, Kind, Measure, Output, Scored

slug = "within_radius"
title = "Positions within a radius"
description = "The share of predicted positions that lie within a radius of the true ones."
measure = Measure(kind=Kind.BOUNDED)
config_schema = object_schema(
    {
        "radius": {
            "type": "number",
            "exclusiveMinimum": 0,
            "title": "Radius",
            "description": "In the positions' own unit; a position exactly this far off is within.",
        },
        **SETTINGS,
        "pass_mark": PASS_MARK | {"minimum": 0, "maximum": 1, "default": 1},
    },
    required=["radius"],
)
example_config = {"radius": 0.5, "field": "states", "pass_mark": 0.9}
SLACK = 1e-9


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


def _worst(target: Any, case: CaseView, config: Mapping[str, Any]) -> tuple[float, float]:
    true_states(target, case, config)
    return 0.0, 1.0


@graded_by(_worst)
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """Positions within the radius / positions, over steps and objects, in [0, 1]."""
    found = distances(*matching_states(output, target, case, config))
    near = sum(distance <= config["radius"] + SLACK for distance in found)
    return Scored(near / len(found), rationale=f"{near} of {len(found)} positions")
