"""Word error rate: what share of the words was heard wrong."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import config_problems, object_schema
from evaluations.scorers.reading import answer_text
from evaluations.scorers.transcripts import (
    ERROR_PASS_MARK,
    NORMALISATION,
    READING,
    by_words,
    closest,
    errors_counted,
    normalised,
    references_of,
    words_of,
)
from evaluations.scorers.types import CaseView, Direction, Kind, Measure, Output, Scored

slug = "wer"
title = "Word error rate"
description = (
    "Words heard wrong, left out or added, over the words of the target; of several targets, the closest."
)
measure = Measure(Direction.LOWER, kind=Kind.RATIO, pass_mark=0.0)
config_schema = object_schema({**NORMALISATION, **READING, "pass_mark": ERROR_PASS_MARK})
example_config = {"lower_case": True, "drop_punctuation": True, "pass_mark": 0.1}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@errors_counted(words_of)
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """Errors / words of the target; above 1 where much was added. A model error heard nothing: all words are left out."""
    references = references_of(target, case, config)
    answer = normalised(answer_text(output, config), config)
    found = closest(references, lambda reference: by_words(reference, answer))
    return Scored(found.errors, found.size, found.label, found.differences)
