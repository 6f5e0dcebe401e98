"""How many of the first k entries of a ranked list are relevant."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import config_problems, object_schema
from evaluations.scorers.rankings import SETTINGS, grades, listed
from evaluations.scorers.reading import graded
from evaluations.scorers.types import CaseView, Kind, Measure, Output, Scored

slug = "precision_at_k"
title = "Precision at k"
description = (
    "How many of the first k entries of a ranked list are relevant; a shorter list counts as filled up."
)
measure = Measure(kind=Kind.BOUNDED)
config_schema = object_schema(SETTINGS)
example_config = {"k": 5}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """Relevant entries among the first k, over k."""
    relevant = grades(target, case, config)
    k = int(config.get("k", 10))
    found = [entry for entry in listed(output, config)[:k] if entry in relevant]
    return Scored(
        len(found) / k, rationale=f"{len(found)} of the first {k} are relevant: {', '.join(found)[:500]}"
    )
