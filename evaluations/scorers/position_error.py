"""How far predicted positions are from the true ones on average: the displacement error of trajectory prediction.

All steps: ADE; the last alone: FDE (Pellegrini et al. 2009). Cut off as OSPA does it (Schuhmacher, Vo and Vo 2008).
"""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import PASS_MARK, config_problems, object_schema
from evaluations.scorers.reading import graded_by
from evaluations.scorers.states import SETTINGS, distances, matching_states, true_states
from evaluations.scorers.types import CaseView, Direction, Kind, Measure, Output, Scored, Unit

slug = "position_error"
title = "Position error"
description = "The mean distance of predicted positions from the true ones, over steps and objects."
measure = Measure(Direction.LOWER, Unit.NUMBER, Kind.UNBOUNDED, pass_mark=None)
config_schema = object_schema(
    {
        "cutoff": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 1e9,
            "title": "No distance counts more than",
            "description": "An answer that cannot be read counts as this far off everywhere.",
        },
        "length_unit": {
            "type": "string",
            "maxLength": 20,
            "default": "",
            "title": "Unit of length",
            "description": "Such as m; shown beside the distances.",
        },
        **SETTINGS,
        "pass_mark": PASS_MARK | {"minimum": 0},
    },
    required=["cutoff"],
)
example_config = {"cutoff": 1, "length_unit": "m", "field": "states", "pass_mark": 0.2}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


def _worst(target: Any, case: CaseView, config: Mapping[str, Any]) -> tuple[float, float]:
    # A case without a usable target stays missing, also where the model failed.
    true_states(target, case, config)
    return float(config["cutoff"]), 1.0


@graded_by(_worst)
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """Mean of min(distance, cutoff) over steps and objects, in the positions' own unit, in [0, cutoff]."""
    found = distances(*matching_states(output, target, case, config))
    mean = sum(min(distance, config["cutoff"]) for distance in found) / len(found)
    unit = config.get("length_unit", "")
    return Scored(mean, rationale=f"Farthest off: {max(found):.3g} {unit}".rstrip())
