"""How many of the suggestions made are right ones: silence is neither right nor wrong here."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import config_problems, object_schema
from evaluations.scorers.reading import graded
from evaluations.scorers.suggestions import SETTINGS, suggested, wanted
from evaluations.scorers.types import CaseView, Kind, Measure, Output, Scored

slug = "suggestion_precision"
title = "Precision of suggestions"
description = "How many of the suggestions made are right; a moment of silence counts neither way."
measure = Measure(kind=Kind.RATIO)
config_schema = object_schema(SETTINGS)
example_config = {"silence": ["none", "stay silent"]}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """1 of 1 for a right suggestion, 0 of 1 for a wrong or unwanted one, 0 of 0 for silence."""
    right = wanted(target, case, config)
    made = suggested(output, config)
    if not made:
        return Scored(0.0, 0.0, label="silent")
    return Scored(float(made in right), label=made)
