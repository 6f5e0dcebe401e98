"""The share of a case's keywords that were heard, wherever they stand in the transcript."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import FIELD, PASS_MARK, config_problems, object_schema
from evaluations.scorers.reading import answer_text, find_field, graded
from evaluations.scorers.transcripts import NORMALISATION, normalised
from evaluations.scorers.types import CaseView, Kind, Measure, NotScorable, Output, Scored

slug = "keyword_recall"
title = "Keywords heard"
description = (
    "The share of the case's keywords that stand in the transcript, whole and in their order of words."
)
measure = Measure(kind=Kind.BOUNDED)
config_schema = object_schema(
    {
        "keywords": {
            "type": "string",
            "maxLength": 200,
            "default": "keywords",
            "title": "Where the keywords are",
            "description": "Field of the case's metadata, else of its target when that is an object; a list or one text.",
        },
        **NORMALISATION,
        "field": FIELD,
        "pass_mark": PASS_MARK | {"minimum": 0, "maximum": 1, "default": 1},
    }
)
example_config = {"keywords": "keywords", "pass_mark": 1}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """Keywords heard / keywords of the case, in [0, 1]; each keyword counts once."""
    wanted = _wanted(target, case, config)
    said = f" {normalised(answer_text(output, config), config)} "
    missed = [keyword for keyword in wanted if f" {keyword} " not in said]
    rationale = f"Not heard: {'; '.join(missed)}" if missed else ""
    return Scored((len(wanted) - len(missed)) / len(wanted), rationale=rationale)


def _wanted(target: Any, case: CaseView, config: Mapping[str, Any]) -> list[str]:
    path = config.get("keywords", "keywords")
    found = _at(case.metadata, path) or _at(target, path)
    entries = [found] if isinstance(found, str) else found
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise NotScorable(f"Case “{case.key}” has no keywords; list them in its metadata under “{path}”.")
    words = dict.fromkeys(normalised(entry, config) for entry in entries)
    if not any(words):
        raise NotScorable(f"The keywords of case “{case.key}” hold no word.")
    return [word for word in words if word]


def _at(value: Any, path: str) -> Any:
    try:
        return find_field(value, path)
    except LookupError:
        return None
