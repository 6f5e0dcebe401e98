"""How many cases with the positive label are found when flagged ones must be right at the precision asked for."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import config_problems, object_schema
from evaluations.scorers.labels import LABEL_SETTINGS, POSITIVE, PROBABILITY_FIELD, metric_with, score_label
from evaluations.scorers.types import CaseView, Kind, Measure, Output, Scored
from evaluations.statistics.labelled import Figure, Metric

slug = "recall_at_precision"
title = "Recall at a precision"
description = "How many cases with the positive label are found when flagged ones must be right at the precision asked for."
PRECISION = {
    "type": "number",
    "exclusiveMinimum": 0,
    "maximum": 1,
    "default": 0.9,
    "title": "Precision to reach",
    "description": "How many of the flagged cases must be right, e.g. 0.9.",
}
measure = Measure(kind=Kind.SET)
config_schema = object_schema(
    {**LABEL_SETTINGS, "positive": POSITIVE, "precision": PRECISION, "probability_field": PROBABILITY_FIELD},
    required=["positive"],
)
example_config = {"field": "label", "positive": "fraud", "precision": 0.9}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


def metric(config: Mapping[str, Any]) -> Metric:
    """The figure over all samples."""
    return metric_with(Figure.RECALL_AT_PRECISION, config)


def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """1 when the label is the one wanted, else 0; the figure is read from all labels together."""
    return score_label(output, target, case, config, probable=True)
