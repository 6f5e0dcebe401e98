"""Right when a whole-number label is at most k away from the target: sentiment within 1 of the label."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import FIELD, TARGET_FIELD, config_problems, object_schema
from evaluations.scorers.numbers import numbers_in
from evaluations.scorers.numeric import WHICH, pick_number
from evaluations.scorers.reading import Unreadable, answer_text, graded, wanted_texts
from evaluations.scorers.types import CaseView, Measure, NotScorable, Output, Scored

slug = "within"
title = "Label within k"
description = (
    "A whole-number label is at most k away from the target, such as sentiment within 1 of the label."
)
measure = Measure()
config_schema = object_schema(
    {
        "k": {"type": "integer", "minimum": 0, "default": 1, "title": "At most this far from the target"},
        "lowest": {"type": "integer", "title": "Lowest label", "description": "A lower answer scores 0."},
        "highest": {"type": "integer", "title": "Highest label", "description": "A higher answer scores 0."},
        "which": WHICH | {"default": "first"},
        "field": FIELD,
        "target_field": TARGET_FIELD,
    }
)
example_config = {"k": 1, "lowest": 1, "highest": 5, "field": "sentiment"}


def validate(config: Mapping[str, Any]) -> list[str]:
    problems = config_problems(config, config_schema)
    if not problems and config.get("lowest", 0) > config.get("highest", config.get("lowest", 0)):
        problems.append("The lowest label is above the highest; swap them.")
    return problems


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """1 when |answer − target| ≤ k, else 0; an answer that is no label of the scale is unparsed."""
    wanted = [_wanted_label(text, case) for text in wanted_texts(target, case, config)]
    label = _label(answer_text(output, config), config)
    near = min(abs(label - right) for right in wanted)
    return Scored(float(near <= config.get("k", 1)), label=str(label), rationale=f"{near} from the target")


def _wanted_label(text: str, case: CaseView) -> int:
    numbers = numbers_in(text)
    if len(numbers) != 1 or not numbers[0].is_integer():
        raise NotScorable(f"The target “{text[:60]}” of case “{case.key}” is not one whole number.")
    return int(numbers[0])


def _label(text: str, config: Mapping[str, Any]) -> int:
    number = pick_number(numbers_in(text), config.get("which", "first"))
    if not number.is_integer():
        raise Unreadable(f"The label {number:g} is not a whole number.")
    if not config.get("lowest", number) <= number <= config.get("highest", number):
        raise Unreadable(f"The label {number:g} is outside the scale.")
    return int(number)
