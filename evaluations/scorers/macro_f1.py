"""F1 of every label, each label counting the same however rare it is."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import config_problems, object_schema
from evaluations.scorers.labels import LABEL_SETTINGS, metric_with, score_label
from evaluations.scorers.types import CaseView, Kind, Measure, Output, Scored
from evaluations.statistics.labelled import Figure, Metric

slug = "macro_f1"
title = "Macro-F1"
description = "F1 of every label, each label counting the same however rare it is."
measure = Measure(kind=Kind.SET)
config_schema = object_schema(LABEL_SETTINGS)
example_config: Mapping[str, Any] = {}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


def metric(config: Mapping[str, Any]) -> Metric:
    """The figure over all samples."""
    return metric_with(Figure.MACRO_F1, config)


def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """1 when the label is the one wanted, else 0; the figure is read from all labels together."""
    return score_label(output, target, case, config, probable=False)
