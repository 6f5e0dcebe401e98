"""The share of polite words that an answer has."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers import CaseView, Kind, Measure, Output, Scored

slug = "politeness"
title = "Politeness"
description = "The share of polite words that the answer has."
measure = Measure(kind=Kind.BOUNDED)
config_schema = {
    "type": "object",
    "properties": {"words": {"type": "array", "items": {"type": "string"}, "title": "Polite words"}},
    "additionalProperties": False,
}
example_config = {"words": ["please", "thank"]}


def validate(config: Mapping[str, Any]) -> list[str]:
    return [] if config.get("words") else ["Name at least one polite word."]


def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    said = output.text.lower().split()
    return Scored(sum(word in said for word in config["words"]) / len(config["words"]))
