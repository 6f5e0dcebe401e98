"""A score made elsewhere and pushed over the API; here only its meaning is declared."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import PASS_MARK, config_problems, object_schema
from evaluations.scorers.types import CaseView, Direction, Kind, Measure, NotScorable, Output, Scored, Unit

slug = "external"
title = "External"
description = "A score made elsewhere and pushed over the API, such as a word error rate or a human rating."
measure = Measure(kind=Kind.BOUNDED)
config_schema = object_schema(
    {
        "direction": {"enum": [str(way) for way in Direction], "default": "higher", "title": "Better is"},
        "unit": {"enum": [str(unit) for unit in Unit], "default": "rate", "title": "Unit"},
        "kind": {
            "enum": [str(kind) for kind in Kind],
            "default": "bounded",
            "title": "Shape of the scores",
            "description": "binary: 0 or 1. bounded: 0 to 1. ratio: sums of num / den. unbounded: any.",
        },
        "pass_mark": PASS_MARK | {"type": ["number", "null"], "default": 1},
    }
)
example_config = {"direction": "lower", "kind": "ratio", "pass_mark": 0.1}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """The worst score for a model error, where there is one; else raises NotScorable: it must be pushed."""
    higher = config.get("direction", "higher") == Direction.HIGHER
    kind = Kind(config.get("kind", measure.kind))
    if output.error_class and kind in (Kind.BINARY, Kind.BOUNDED):
        return Scored(0.0 if higher else 1.0, label=output.error_class, rationale="The model failed.")
    raise NotScorable("This score is made elsewhere; push it with the result.")


def pushed_problem(scored: Scored, config: Mapping[str, Any]) -> str:
    """What is wrong with a pushed score under this config, as a sentence; empty when it is fine."""
    kind = Kind(config.get("kind", measure.kind))
    if kind is not Kind.RATIO and scored.denominator != 1:
        return f"A {kind} score has no denominator; leave “den” out."
    if kind is Kind.BINARY and scored.numerator not in (0, 1):
        return "A binary score is 0 or 1."
    if kind is Kind.BOUNDED and not 0 <= scored.numerator <= 1:
        return "A bounded score lies from 0 to 1."
    if kind is Kind.RATIO and scored.numerator < 0:
        return "A count of errors is not negative."
    return ""
