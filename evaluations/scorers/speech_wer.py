"""Word error rate of a recogniser on the speech that a voice made: can it be understood?"""

from collections.abc import Mapping
from typing import Any

from evaluations.providers.speech import RECOGNISERS, recognised
from evaluations.providers.types import ProviderError
from evaluations.scorers.configs import TARGET_FIELD, config_problems, object_schema
from evaluations.scorers.reading import ModelFailed, Unreadable
from evaluations.scorers.transcripts import (
    ERROR_PASS_MARK,
    NORMALISATION,
    by_words,
    closest,
    errors_counted,
    normalised,
    references_of,
    words_of,
)
from evaluations.scorers.types import CaseView, Direction, Kind, Measure, NotScorable, Output, Scored

slug = "speech_wer"
title = "Word error rate of a listener"
description = "What a recogniser hears wrong in the speech a voice made, over the words it was to speak."
measure = Measure(Direction.LOWER, kind=Kind.RATIO, pass_mark=0.0)
# It computes for seconds a sample, so that few are scored between two looks at who leads the run.
slow = True
config_schema = object_schema(
    {
        "recogniser": {
            "enum": list(RECOGNISERS),
            "default": RECOGNISERS[0],
            "title": "Recogniser",
            "description": "A callable of this machine that listens; its own errors count into the rate.",
        },
        **NORMALISATION,
        "target_field": TARGET_FIELD,
        "pass_mark": ERROR_PASS_MARK,
    }
)
example_config = {"recogniser": "pocketsphinx", "pass_mark": 0.2}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """Errors / words of the text that was to be spoken; without a target, that is the input.

    Raises NotScorable when the recogniser fails: that says nothing about the voice.
    """
    return _scored(output, case.input if target in (None, "", []) else target, case, config)


@errors_counted(words_of)
def _scored(output: Output, spoken: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    references = references_of(spoken, case, config)
    answer = normalised(_listened(output, config), config)
    found = closest(references, lambda reference: by_words(reference, answer))
    return Scored(found.errors, found.size, found.label, found.differences)


def _listened(output: Output, config: Mapping[str, Any]) -> str:
    if output.error_class:
        raise ModelFailed(output.error_class)
    if output.media is None or not output.media.is_sound:
        raise Unreadable("The answer is no sound.")
    sound = output.media.read()
    if not sound:
        raise Unreadable("The sound is empty.")
    try:
        return recognised(config.get("recogniser", RECOGNISERS[0]), sound).text
    except ProviderError as failure:
        raise NotScorable(f"The recogniser could not listen. {failure.message}") from None
