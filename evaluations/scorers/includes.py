"""Right when the answer holds the target somewhere."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import CASE_SENSITIVE, FIELD, TARGET_FIELD, config_problems, object_schema
from evaluations.scorers.reading import answer_text, graded, wanted_texts
from evaluations.scorers.types import CaseView, Measure, Output, Scored

slug = "includes"
title = "Includes"
description = "The answer holds the target somewhere; of several targets, any one or all of them."
measure = Measure()
config_schema = object_schema(
    {
        "field": FIELD,
        "target_field": TARGET_FIELD,
        "case_sensitive": CASE_SENSITIVE | {"default": False},
        "all": {"type": "boolean", "default": False, "title": "Every target must be there"},
    }
)
example_config = {"all": True}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """1 when the answer holds a target (with `all`, every target), else 0."""
    wanted = wanted_texts(target, case, config)
    answer = _folded(answer_text(output, config), config)
    missing = [text for text in wanted if _folded(text, config) not in answer]
    right = not missing if config.get("all", False) else len(missing) < len(wanted)
    return Scored(float(right), rationale="" if right else "Not in the answer: " + "; ".join(missing)[:500])


def _folded(text: str, config: Mapping[str, Any]) -> str:
    return text.strip() if config.get("case_sensitive", False) else text.strip().casefold()
