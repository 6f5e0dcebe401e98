"""chrF of one answer against the right texts (Popović 2015, 2017), counted by sacrebleu."""

from collections.abc import Mapping
from typing import Any

from sacrebleu.metrics.chrf import CHRF

from evaluations.scorers.configs import config_problems, object_schema
from evaluations.scorers.reading import graded
from evaluations.scorers.translations import SETTINGS, sentence_score
from evaluations.scorers.types import CaseView, Kind, Measure, Output, Scored

slug = "chrf"
title = "chrF of one answer"
description = "How many runs of one to six characters the answer shares with the right texts, by sacrebleu."
measure = Measure(kind=Kind.BOUNDED)
config_schema = object_schema(
    {
        "word_order": {
            "type": "integer",
            "minimum": 0,
            "maximum": 4,
            "default": 0,
            "title": "Runs of words too, up to",
            "description": "0 is chrF, 2 is chrF++.",
        },
        **SETTINGS,
    }
)
example_config = {"word_order": 2, "pass_mark": 0.6}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """Sentence chrF in [0, 1], recall counting twice as much as precision; of several targets, the best.

    The mean over cases is no corpus chrF: that sums the counts of all cases first.
    """
    metric = CHRF(word_order=config.get("word_order", 0), lowercase=config.get("lowercase", False))
    return sentence_score(metric, output, target, case, config)
