"""How far the probability given lies from how often the label is right, over bins of probability."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evaluations.scorers.configs import config_problems, object_schema
from evaluations.scorers.labels import LABEL_SETTINGS, PROBABILITY_FIELD, metric_with, score_label
from evaluations.scorers.types import CaseView, Direction, Kind, Measure, Output, Scored
from evaluations.statistics.labelled import Figure, Metric

slug = "calibration_error"
title = "Expected calibration error"
description = (
    "How far the probability given lies from how often the label is right, over bins of probability."
)
BINS = {
    "type": "integer",
    "minimum": 2,
    "maximum": 50,
    "default": 10,
    "title": "Bins",
    "description": "Into how many parts of equal width the probabilities are put; each needs 30 cases before anything is decided.",
}
measure = Measure(Direction.LOWER, kind=Kind.SET, pass_mark=0.0)
config_schema = object_schema({**LABEL_SETTINGS, "bins": BINS, "probability_field": PROBABILITY_FIELD})
example_config = {"field": "label", "bins": 10}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


def metric(config: Mapping[str, Any]) -> Metric:
    """The figure over all samples."""
    return metric_with(Figure.CALIBRATION_ERROR, config)


def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """0 when the label is the one wanted, else 1; the figure is read from all labels together."""
    scored = score_label(output, target, case, config, probable=True)
    return replace(scored, numerator=1 - scored.numerator)
