"""Character error rate: for languages without spaces between words, and for spelling."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import config_problems, object_schema
from evaluations.scorers.reading import answer_text
from evaluations.scorers.transcripts import (
    ERROR_PASS_MARK,
    NORMALISATION,
    READING,
    by_characters,
    closest,
    errors_counted,
    normalised,
    references_of,
)
from evaluations.scorers.types import CaseView, Direction, Kind, Measure, Output, Scored

slug = "cer"
title = "Character error rate"
description = "Characters heard wrong, left out or added, over those of the target, spaces among them."
measure = Measure(Direction.LOWER, kind=Kind.RATIO, pass_mark=0.0)
config_schema = object_schema({**NORMALISATION, **READING, "pass_mark": ERROR_PASS_MARK})
example_config = {"lower_case": True, "drop_punctuation": True, "pass_mark": 0.05}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@errors_counted(list)
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """Errors / characters of the target (code points after NFC); above 1 where much was added."""
    references = references_of(target, case, config)
    answer = normalised(answer_text(output, config), config)
    found = closest(references, lambda reference: by_characters(reference, answer))
    return Scored(found.errors, found.size, found.label, found.differences)
