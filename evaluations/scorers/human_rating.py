"""What people say of an answer on a scale, such as how natural a voice sounds; raters need no account, a file brings their words."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import PASS_MARK, config_problems, object_schema
from evaluations.scorers.opinions import Choice
from evaluations.scorers.reading import ModelFailed, graded
from evaluations.scorers.scales import scale, scale_fields, scale_problems
from evaluations.scorers.types import CaseView, Kind, Measure, NotScorable, Output, Scored

slug = "human_rating"
title = "Human rating"
description = (
    "What people say of the answer on a scale, uploaded as a file; shown with its range over raters."
)
measure = Measure(kind=Kind.BOUNDED, pass_mark=0.75)
config_schema = object_schema(
    {
        "question": {
            "type": "string",
            "format": "text",
            "minLength": 1,
            "maxLength": 2_000,
            "title": "Question",
            "description": "What raters are asked, and what each end of the scale means.",
        },
        **scale_fields(most=100),
        "pass_mark": PASS_MARK | {"minimum": 0, "maximum": 1, "default": 0.75},
    },
    required=("question",),
)
example_config = {"question": "How natural does the voice sound, from 1 (a machine) to 5 (a person)?"}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema) or scale_problems(*scale(config))


def rating(text: str, config: Mapping[str, Any]) -> Choice:
    """A rating as it was said, as a share of the scale; halves and the like are kept. Raises ValueError with a sentence."""
    low, high = scale(config)
    try:
        said = float(text.replace(",", "."))
    except ValueError:
        said = float("nan")
    if not low <= said <= high:
        raise ValueError(f"“{text[:40]}” is no number from {low} to {high}.")
    return Choice("", f"{said:g}", (said - low) / (high - low))


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """0 for a model error; else raises NotScorable: people rate it."""
    if output.error_class:
        raise ModelFailed(output.error_class)
    raise NotScorable("People rate this answer; upload their ratings on the run’s page.")
