"""How many of the passages an answer cites are right ones: cited and right over cited."""

from collections.abc import Mapping
from typing import Any

import re2

from evaluations.scorers.configs import FIELD, PASS_MARK, config_problems, object_schema
from evaluations.scorers.reading import Unreadable, answer_value, as_text, graded
from evaluations.scorers.types import CaseView, Kind, Measure, NotScorable, Output, Scored

slug = "citation_precision"
title = "Citation precision"
description = "How many of the passages the answer cites are among the right ones of the case."
measure = Measure(kind=Kind.RATIO)
config_schema = object_schema(
    {
        "right": {
            "type": "string",
            "minLength": 1,
            "maxLength": 80,
            "default": "passages",
            "title": "Right passages",
            "description": "A field of the target or the metadata with their names; a target that is a list is one.",
        },
        "needed": {
            "type": "boolean",
            "default": True,
            "title": "A citation is needed",
            "description": "An answer without any then counts as one wrong citation where there is a right passage.",
        },
        "field": FIELD
        | {
            "description": "Where a JSON output lists what it cites; empty to find [name] or [name, name] in the text."
        },
        "pass_mark": PASS_MARK | {"minimum": 0, "maximum": 1, "default": 1},
    }
)
example_config = {"right": "passages", "pass_mark": 1}

_CITED = re2.compile(r"\[([^\[\]\n]{1,200})\]")
_BETWEEN = re2.compile(r"[,;]")
MOST_NAMED = 10


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """Right ones / different ones cited. 0 of 1 without a citation where one is needed, else 0 of 0: no precision."""
    right = _right(target, case, config.get("right", "passages"))
    cited = _cited(answer_value(output, config))
    if not cited:
        lacking = bool(right) and config.get("needed", True)
        return Scored(0.0, float(lacking), rationale="Nothing is cited.")
    wrong = sorted(cited - right)
    label = ", ".join(sorted(cited)[:MOST_NAMED])
    words = f"Not right: {', '.join(wrong[:MOST_NAMED])}" if wrong else ""
    return Scored(float(len(cited & right)), float(len(cited)), label=label, rationale=words)


def _right(target: Any, case: CaseView, name: str) -> set[str]:
    if isinstance(target, list):
        return _names(target)
    places = (target if isinstance(target, Mapping) else {}, case.metadata)
    found = next((place[name] for place in places if name in place), None)
    if isinstance(found, str):
        return _names(_BETWEEN.split(found))
    if isinstance(found, list):
        return _names(found)
    raise NotScorable(
        f"Case “{case.key}” does not say which passages are right; list them as “{name}” in its metadata."
    )


def _cited(value: Any) -> set[str]:
    if isinstance(value, list):
        return _names(value)
    if not isinstance(value, str):
        raise Unreadable("The answer does not list what it cites.")
    return _names(name for group in _CITED.findall(value) for name in _BETWEEN.split(group))


def _names(entries: Any) -> set[str]:
    """Names without space around them, in small letters: [P1] cites p1."""
    return {as_text(entry).strip().casefold() for entry in entries} - {""}
