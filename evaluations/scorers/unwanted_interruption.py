"""How often something is suggested where silence is right: interruptions over the moments that called for silence."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import config_problems, object_schema
from evaluations.scorers.reading import graded_by
from evaluations.scorers.suggestions import SETTINGS, suggested, wanted
from evaluations.scorers.types import CaseView, Direction, Kind, Measure, Output, Scored

slug = "unwanted_interruption"
title = "Unwanted interruptions"
description = "How many of the moments that call for silence are interrupted by a suggestion."
measure = Measure(direction=Direction.LOWER, kind=Kind.RATIO, pass_mark=0.0)
config_schema = object_schema(SETTINGS)
example_config = {"silence": ["none", "stay silent"]}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


def _worst(target: Any, case: CaseView, config: Mapping[str, Any]) -> tuple[float, float]:
    quiet = float("" in wanted(target, case, config))
    return quiet, quiet


@graded_by(_worst)
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """1 of 1 for a suggestion where silence is right, 0 of 1 for silence there, 0 of 0 where a suggestion is right."""
    right = wanted(target, case, config)
    made = suggested(output, config)
    if "" not in right:
        return Scored(0.0, 0.0, label="not a moment for silence")
    return Scored(float(bool(made)), label=made or "silent")
