"""Right when the answer is no shorter and no longer than asked for."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import FIELD, config_problems, object_schema
from evaluations.scorers.reading import answer_text, graded
from evaluations.scorers.types import CaseView, Measure, Output, Scored

slug = "length"
title = "Length"
description = "The answer has at least and at most so many words, characters or lines."
measure = Measure()
config_schema = object_schema(
    {
        "count": {"enum": ["words", "characters", "lines"], "default": "words", "title": "Count"},
        "at_least": {"type": "integer", "minimum": 0, "title": "At least"},
        "at_most": {"type": "integer", "minimum": 0, "title": "At most"},
        "field": FIELD,
    }
)
example_config = {"count": "words", "at_most": 120}


def validate(config: Mapping[str, Any]) -> list[str]:
    problems = config_problems(config, config_schema)
    if problems:
        return problems
    if "at_least" not in config and "at_most" not in config:
        return ["Say how long the answer must be: “at_least”, “at_most” or both."]
    if config.get("at_least", 0) > config.get("at_most", config.get("at_least", 0)):
        return ["“at_least” is more than “at_most”; swap them."]
    return []


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """1 when at_least ≤ length ≤ at_most, else 0. Space at both ends does not count."""
    unit = config.get("count", "words")
    length = _length(answer_text(output, config).strip(), unit)
    right = config.get("at_least", 0) <= length <= config.get("at_most", length)
    return Scored(float(right), label=str(length), rationale=f"{length} {unit}")


def _length(text: str, unit: str) -> int:
    if unit == "characters":
        return len(text)
    return len(text.split()) if unit == "words" else len(text.splitlines())
