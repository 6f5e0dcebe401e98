"""BLEU of one answer against the right texts (Papineni et al. 2002), counted by sacrebleu (Post 2018)."""

from collections.abc import Mapping
from typing import Any

from sacrebleu.metrics.bleu import BLEU

from evaluations.scorers.configs import config_problems, object_schema
from evaluations.scorers.reading import graded
from evaluations.scorers.translations import SETTINGS, sentence_score
from evaluations.scorers.types import CaseView, Kind, Measure, Output, Scored

slug = "bleu"
title = "BLEU of one answer"
description = "How many runs of one to four words the answer shares with the right texts, by sacrebleu."
measure = Measure(kind=Kind.BOUNDED)
config_schema = object_schema(
    {
        "tokenize": {
            # Those that need no dictionary from elsewhere.
            "enum": ["13a", "intl", "zh", "char", "none"],
            "default": "13a",
            "title": "Words are cut by",
            "description": "13a for European languages, zh for Chinese, char for every character.",
        },
        **SETTINGS,
    }
)
example_config = {"tokenize": "13a", "pass_mark": 0.5}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """Sentence BLEU in [0, 1], orders that the answer is too short for left out, exponential smoothing.

    The mean over cases is no corpus BLEU: that sums the counts of all cases first.
    """
    metric = BLEU(
        effective_order=True,
        tokenize=config.get("tokenize", "13a"),
        lowercase=config.get("lowercase", False),
    )
    return sentence_score(metric, output, target, case, config)
