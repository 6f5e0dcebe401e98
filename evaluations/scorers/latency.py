"""How long the answer took, in milliseconds."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import PASS_MARK, config_problems, object_schema
from evaluations.scorers.types import CaseView, Direction, Kind, Measure, NotScorable, Output, Scored, Unit

slug = "latency"
title = "Latency"
description = "How long the answer took, in milliseconds; a model error counts with the time it took."
measure = Measure(Direction.LOWER, Unit.MILLISECONDS, Kind.UNBOUNDED, pass_mark=None)
config_schema = object_schema({"pass_mark": PASS_MARK | {"exclusiveMinimum": 0, "title": "Pass mark (ms)"}})
example_config = {"pass_mark": 1500}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """The latency in ms, also of a model error. Raises NotScorable when it was not measured."""
    if output.latency_ms is None:
        raise NotScorable("No latency was recorded for this answer.")
    return Scored(float(output.latency_ms))
