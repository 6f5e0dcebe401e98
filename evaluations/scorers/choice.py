"""Right when the one option the answer names is the target: "Answer: B", "(b)", "**B**", "B) Paris"."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import re2

from evaluations.scorers.configs import FIELD, TARGET_FIELD, config_problems, object_schema
from evaluations.scorers.reading import Unreadable, answer_text, graded, wanted_texts
from evaluations.scorers.types import CaseView, Measure, NotScorable, Output, Scored

slug = "choice"
title = "Multiple choice"
description = (
    "The one option the answer names is the target, however it is written: “Answer: B”, “(b)”, “**B**”."
)
measure = Measure()
config_schema = object_schema(
    {
        "choices": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 60},
            "minItems": 2,
            "maxItems": 60,
            "uniqueItems": True,
            "title": "Options",
            "description": "The letters or words to choose from; by default the letters A to J.",
        },
        "field": FIELD,
        "target_field": TARGET_FIELD,
    }
)
example_config = {"choices": ["A", "B", "C", "D"]}

LETTERS = tuple("ABCDEFGHIJ")
MAX_READ = 20_000
# What may stand around an option: quotes, brackets, Markdown, TeX.
_OPEN = r"""[\s"'“‘`*_(\[{$]*(?:\\boxed\{|\\text\{)*[\s"'“‘`*_(\[{$]*"""
_CLOSE = r"""[\s"'”’`*_)\]}$.,:;!]*"""
_SAYS = (
    r"(?i:(?:answer|choice|option|label|category|sentiment|it)\b[\s*_]*(?:is|[:=]|would be|should be)"
    r"|\b(?:choose|chose|pick|select|go with|option|choice)\b)"
)
_ENDS = r"(?:[^\pL\pN_]|$)"
_STARTS = r"(?:^|[^\pL\pN_'’])"


def validate(config: Mapping[str, Any]) -> list[str]:
    problems = config_problems(config, config_schema)
    if not problems and _twice(config.get("choices", ())):
        problems.append("Two options differ only in capital letters; make them differ in more.")
    return problems


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """1 when the option read from the answer is the target, else 0; no option, or several, is unparsed."""
    choices = tuple(config.get("choices", LETTERS))
    wanted = {_wanted_choice(text, choices, case) for text in wanted_texts(target, case, config)}
    named = _read_choice(answer_text(output, config), choices)
    return Scored(float(named in wanted), label=named)


def _twice(choices: Sequence[str]) -> bool:
    return len({choice.casefold() for choice in choices}) < len(choices)


def _wanted_choice(text: str, choices: tuple[str, ...], case: CaseView) -> str:
    by_name = {choice.casefold(): choice for choice in choices}
    try:
        return by_name[text.strip().strip("().").casefold()]
    except KeyError:
        listed = ", ".join(choices)
        raise NotScorable(f"The target “{text[:60]}” of case “{case.key}” is not one of {listed}.") from None


def _read_choice(answer: str, choices: tuple[str, ...]) -> str:
    # The end of a long answer is where models state their choice.
    text = answer[-MAX_READ:]
    by_name = {choice.casefold(): choice for choice in choices}
    for pattern in _patterns(choices):
        named = {by_name[found.casefold()] for found in pattern.findall(text)}
        if len(named) == 1:
            return named.pop()
        if len(named) > 1:
            raise Unreadable("The answer names several options: " + ", ".join(sorted(named)) + ".")
    raise Unreadable("The answer names none of the options.")


@lru_cache(maxsize=128)
def _patterns(choices: tuple[str, ...]) -> tuple[Any, ...]:
    """From the clearest way of naming an option to the vaguest; the first that finds one decides."""
    option = _any_of(choices)
    said = option
    vague = [rf"{_STARTS}{option}{_ENDS}"]
    if all(len(choice) == 1 for choice in choices):
        said, vague = _letter_patterns(choices)
    patterns = (
        rf"^{_OPEN}{option}{_CLOSE}$",
        rf"(?s)^.*\b{_SAYS}{_OPEN}{said}{_ENDS}",
        rf"(?sm)^.*\b{_SAYS}{_OPEN}{option}{_CLOSE}$",
        rf"^{_OPEN}{option}(?:\)|\]|\.|:|\*\*|[ \t]+[-–—])",
        *vague,
    )
    return tuple(re2.compile(pattern) for pattern in patterns)


def _letter_patterns(letters: tuple[str, ...]) -> tuple[str, list[str]]:
    """How a letter is read inside a sentence. "a" and "I" are words too: bare, they count only where marked."""
    both = [case for letter in letters for case in (letter.upper(), letter.lower())]
    said = "(" + "|".join(re2.escape(letter) for letter in both if letter not in "ai") + ")"
    capital = "(" + "|".join(re2.escape(letter.upper()) for letter in letters if letter not in "AIai") + ")"
    marked = rf"(?:\*\*|\(|\[|\\boxed\{{){_any_of(letters)}(?:\*\*|\)|\]|\}})"
    last = "(" + "|".join(re2.escape(letter.upper()) for letter in letters) + ")"
    return said, [marked, rf"{_STARTS}{capital}{_ENDS}", rf"{_STARTS}{last}{_CLOSE}$"]


def _any_of(choices: tuple[str, ...]) -> str:
    longest_first = sorted(choices, key=len, reverse=True)
    return "(?i:(" + "|".join(re2.escape(choice) for choice in longest_first) + "))"
