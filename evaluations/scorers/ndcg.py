"""How near a ranked list comes to the best order there is, the first places counting most."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from evaluations.scorers.configs import config_problems, object_schema
from evaluations.scorers.rankings import SETTINGS, grades, listed
from evaluations.scorers.reading import graded
from evaluations.scorers.types import CaseView, Kind, Measure, Output, Scored

slug = "ndcg"
title = "nDCG"
description = (
    "How near the first k entries of a ranked list come to the best order, by graded relevance (nDCG@k)."
)
measure = Measure(kind=Kind.BOUNDED)
config_schema = object_schema(SETTINGS)
example_config = {"k": 10}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """DCG@k of the list over that of the best list: Σ grade / log2(place + 1) (Järvelin & Kekäläinen 2002)."""
    relevant = grades(target, case, config)
    k = int(config.get("k", 10))
    found = [relevant.get(entry, 0.0) for entry in listed(output, config)[:k]]
    best = sorted(relevant.values(), reverse=True)[:k]
    return Scored(min(_gain(found) / _gain(best), 1.0), rationale=f"Grades in order: {found[:50]}")


def _gain(found: Iterable[float]) -> float:
    return math.fsum(grade / math.log2(place + 2) for place, grade in enumerate(found))
