"""How far the words of the answer and of the target overlap: the F1 of SQuAD (Rajpurkar et al. 2016)."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import re2

from evaluations.scorers.configs import FIELD, PASS_MARK, TARGET_FIELD, config_problems, object_schema
from evaluations.scorers.reading import answer_text, graded, wanted_texts
from evaluations.scorers.types import CaseView, Kind, Measure, Output, Scored

slug = "f1"
title = "Word overlap (F1)"
description = "How far the words of the answer and of the target overlap; of several targets, the best."
measure = Measure(kind=Kind.BOUNDED)
config_schema = object_schema(
    {
        "drop_articles": {"type": "boolean", "default": True, "title": "Leave out a, an and the"},
        "field": FIELD,
        "target_field": TARGET_FIELD,
        "pass_mark": PASS_MARK | {"minimum": 0, "maximum": 1, "default": 1},
    }
)
example_config = {"drop_articles": True, "pass_mark": 0.8}

_WORD = re2.compile(r"[\pL\pM\pN]+")


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """2PR / (P + R) over words as a multiset, in [0, 1]; capital letters and punctuation do not matter."""
    wanted = [_words(text, config) for text in wanted_texts(target, case, config)]
    answer = _words(answer_text(output, config), config)
    return Scored(max(_f1(answer, words) for words in wanted))


def _words(text: str, config: Mapping[str, Any]) -> Counter[str]:
    # An apostrophe belongs to its word: "it's" and "its" are the same to SQuAD.
    words: list[str] = _WORD.findall(text.casefold().replace("'", "").replace("’", ""))
    articles = {"a", "an", "the"} if config.get("drop_articles", True) else set()
    return Counter(word for word in words if word not in articles)


def _f1(answer: Counter[str], wanted: Counter[str]) -> float:
    if not answer or not wanted:
        return float(answer == wanted)
    return 2 * (answer & wanted).total() / (answer.total() + wanted.total())
