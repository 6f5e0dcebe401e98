"""Right when the answer is the target, word for word."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import CASE_SENSITIVE, FIELD, TARGET_FIELD, config_problems, object_schema
from evaluations.scorers.reading import answer_text, graded, wanted_texts
from evaluations.scorers.types import CaseView, Measure, Output, Scored

slug = "exact"
title = "Exact match"
description = "The answer is the target, or one of several targets, word for word."
measure = Measure()
config_schema = object_schema(
    {
        "field": FIELD,
        "target_field": TARGET_FIELD,
        "case_sensitive": CASE_SENSITIVE,
        "strip": {"type": "boolean", "default": True, "title": "Ignore space at both ends"},
    }
)
example_config = {"case_sensitive": False}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """1 when the answer equals a target, else 0."""
    wanted = [_plain(text, config) for text in wanted_texts(target, case, config)]
    answer = answer_text(output, config)
    return Scored(float(_plain(answer, config) in wanted), label=answer.strip()[:200])


def _plain(text: str, config: Mapping[str, Any]) -> str:
    text = text.strip() if config.get("strip", True) else text
    return text if config.get("case_sensitive", True) else text.casefold()
