"""Right when the number in the answer is the target number, within a tolerance."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import FIELD, TARGET_FIELD, config_problems, object_schema
from evaluations.scorers.numbers import numbers_in
from evaluations.scorers.reading import Unreadable, answer_text, graded, wanted_texts
from evaluations.scorers.types import CaseView, Measure, NotScorable, Output, Scored

slug = "numeric"
title = "Number"
description = "The number in the answer is the target, within an absolute or relative tolerance."
measure = Measure()
WHICH = {
    "enum": ["last", "first", "only"],
    "default": "last",
    "title": "Which number",
    "description": "Which number of the answer counts; “only” refuses answers with different numbers.",
}
config_schema = object_schema(
    {
        "absolute": {"type": "number", "minimum": 0, "default": 0, "title": "Absolute tolerance"},
        "relative": {
            "type": "number",
            "minimum": 0,
            "default": 0,
            "title": "Relative tolerance",
            "description": "As a fraction of the target: 0.01 accepts 1 % off. The wider tolerance counts.",
        },
        "which": WHICH,
        "percent_as_fraction": {"type": "boolean", "default": False, "title": "Read 12 % as 0.12"},
        "decimal_comma": {"type": "boolean", "default": False, "title": "Read 1.234,5 as 1234.5"},
        "field": FIELD,
        "target_field": TARGET_FIELD,
    }
)
example_config = {"absolute": 0.5, "which": "last"}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """1 if |answer − target| ≤ max(absolute, relative·|target|) + 1e-12, else 0; no number: unparsed."""
    wanted = [_wanted_number(text, case, config) for text in wanted_texts(target, case, config)]
    number = pick_number(_read(answer_text(output, config), config), config.get("which", "last"))
    off = min(abs(number - right) - _tolerance(right, config) for right in wanted)
    return Scored(float(off <= 1e-12 * max(1.0, abs(number))), label=f"{number:g}")


def pick_number(numbers: list[float], which: str) -> float:
    """The number that counts: last, first or only. Raises Unreadable without one."""
    if not numbers:
        raise Unreadable("The answer holds no number.")
    if which == "only" and len(set(numbers)) > 1:
        raise Unreadable("The answer holds different numbers.")
    return numbers[0] if which == "first" else numbers[-1]


def _wanted_number(text: str, case: CaseView, config: Mapping[str, Any]) -> float:
    numbers = _read(text, config)
    if len(numbers) != 1:
        raise NotScorable(f"The target “{text[:60]}” of case “{case.key}” is not one number.")
    return numbers[0]


def _read(text: str, config: Mapping[str, Any]) -> list[float]:
    return numbers_in(
        text,
        decimal_comma=config.get("decimal_comma", False),
        percent_as_fraction=config.get("percent_as_fraction", False),
    )


def _tolerance(wanted: float, config: Mapping[str, Any]) -> float:
    return max(float(config.get("absolute", 0)), float(config.get("relative", 0)) * abs(wanted))
