"""Right when the model declines exactly where there is nothing to answer: neither made-up answers nor needless refusals."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import FIELD, config_problems, object_schema
from evaluations.scorers.reading import answer_value, as_text, graded
from evaluations.scorers.types import CaseView, Measure, NotScorable, Output, Scored

slug = "correct_decline"
title = "Declines where it should"
description = "The model answers where the case has an answer, and declines where it has none."
measure = Measure()
PHRASES = (
    "i don't know",
    "i do not know",
    "i'm not sure",
    "cannot answer",
    "can't answer",
    "unable to answer",
    "no information",
    "not enough information",
    "do not say",
    "does not say",
    "don't say",
    "doesn't say",
    "not mentioned",
    "not in the documents",
    "cannot find",
    "can't find",
    "could not find",
)
config_schema = object_schema(
    {
        "answerable": {
            "type": "string",
            "minLength": 1,
            "maxLength": 80,
            "default": "answerable",
            "title": "Says whether there is an answer",
            "description": "A field of the target, the metadata or the slices that is yes or no.",
        },
        "phrases": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 200},
            "minItems": 1,
            "maxItems": 100,
            "title": "Words that decline",
            "description": "An answer that holds one of them declines; without any, common English ones.",
        },
        "field": FIELD
        | {
            "description": "Where a JSON output says it: null, false or one of the words declines; empty for the whole text."
        },
    }
)
example_config = {"answerable": "answerable", "phrases": ["do not say", "cannot tell"]}

_YES, _NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"})
_APOSTROPHES = str.maketrans("’ʼ", "''")


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """1 for an answer where there is one and a decline where there is none, else 0; the label says which of the four."""
    answerable = _answerable(target, case, config.get("answerable", "answerable"))
    if _declines(answer_value(output, config), config.get("phrases", PHRASES)):
        if answerable:
            return Scored(0.0, label="wrong decline", rationale="Declined, although there is an answer.")
        return Scored(1.0, label="right decline")
    if answerable:
        return Scored(1.0, label="answered")
    return Scored(0.0, label="wrong answer", rationale="Answered, although there is nothing to answer with.")


def _answerable(target: Any, case: CaseView, name: str) -> bool:
    places = (target if isinstance(target, Mapping) else {}, case.metadata, case.slices)
    value = next((place[name] for place in places if name in place), None)
    word = str(value).strip().casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise NotScorable(
        f"Case “{case.key}” does not say whether there is an answer; set “{name}” in its metadata to yes or no."
    )


def _declines(value: Any, phrases: Any) -> bool:
    if value is None or isinstance(value, bool):
        return not value
    text = _folded(as_text(value))
    return not text.strip() or any(_folded(phrase) in text for phrase in phrases)


def _folded(text: str) -> str:
    return text.casefold().translate(_APOSTROPHES)
