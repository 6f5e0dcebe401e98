"""The share of the target's keywords that the answer names, in any order."""

from collections.abc import Mapping
from typing import Any

import re2

from evaluations.scorers.configs import FIELD, PASS_MARK, TARGET_FIELD, config_problems, object_schema
from evaluations.scorers.reading import Unreadable, answer_value, as_text, graded, wanted_value
from evaluations.scorers.types import CaseView, Kind, Measure, NotScorable, Output, Scored

slug = "keywords"
title = "Keywords"
description = "The share of the target's keywords that the answer names, in any order."
measure = Measure(kind=Kind.BOUNDED)
config_schema = object_schema(
    {
        "field": FIELD,
        "target_field": TARGET_FIELD,
        "exactly": {
            "type": "integer",
            "minimum": 1,
            "title": "Exactly this many",
            "description": "An answer that lists another number of different keywords scores 0.",
        },
        "contains": {
            "type": "boolean",
            "default": False,
            "title": "A longer phrase counts",
            "description": "“battery life” then names the keyword “battery”.",
        },
        "pass_mark": PASS_MARK | {"minimum": 0, "maximum": 1, "default": 1},
    }
)
example_config = {"field": "keywords", "exactly": 3, "contains": True}

_SEPARATORS = re2.compile(r"[,;\n]+")
_BULLET = re2.compile(r"^(?:[-*•]+|\d+[.)])\s+")
_WORD = re2.compile(r"[\pL\pN]+")


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """Keywords found / keywords wanted, in [0, 1]. Without a field, an answer that is a list is read as one.

    Capital letters and punctuation do not matter. `exactly` counts different keywords.
    """
    wanted = _wanted(target, case, config)
    named = _named(answer_value(output, config))
    exactly = config.get("exactly")
    label = ", ".join(" ".join(keyword) for keyword in sorted(named))[:200]
    if exactly is not None and len(named) != exactly:
        return Scored(0.0, label=label, rationale=f"{len(named)} keywords instead of exactly {exactly}")
    found = {keyword for keyword in wanted if _is_named(keyword, named, config.get("contains", False))}
    missing = "; ".join(" ".join(keyword) for keyword in sorted(wanted - found))
    return Scored(len(found) / len(wanted), label=label, rationale=f"Missing: {missing}" if missing else "")


def _wanted(target: Any, case: CaseView, config: Mapping[str, Any]) -> set[tuple[str, ...]]:
    try:
        wanted = _named(wanted_value(target, case, config))
    except Unreadable:
        wanted = set()
    if not wanted:
        raise NotScorable(f"The target of case “{case.key}” holds no keyword.")
    return wanted


def _named(value: Any) -> set[tuple[str, ...]]:
    """Different keywords as tuples of folded words, from a list or from text with commas or lines between."""
    if isinstance(value, list):
        entries = [as_text(entry) for entry in value]
    elif isinstance(value, str):
        entries = _SEPARATORS.split(value)
    else:
        raise Unreadable("The answer is not a list of keywords.")
    folded = {tuple(_WORD.findall(_BULLET.sub("", entry.strip()).casefold())) for entry in entries}
    return folded - {()}


def _is_named(keyword: tuple[str, ...], named: set[tuple[str, ...]], contains: bool) -> bool:
    if keyword in named:
        return True
    wanted = f" {' '.join(keyword)} "
    return contains and any(wanted in f" {' '.join(phrase)} " for phrase in named)
