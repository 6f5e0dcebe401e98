from time import process_time
from typing import Any

import pytest

from evaluations.scorers import get_scorer
from tests.evaluations.scorers.conftest import Grade

SLUG = "pattern"


@pytest.mark.parametrize(
    ("text", "target", "config", "right"),
    [
        ("order 66", None, {"pattern": r"\d+"}, True),
        ("order", None, {"pattern": r"\d+"}, False),
        ("order", None, {"pattern": r"\d+", "expect": "absent"}, True),
        ("12a", None, {"pattern": r"\d+", "whole": True}, False),
        ("ÄRGER", None, {"pattern": "ärger", "case_sensitive": False}, True),
        ("Answer: 3. Answer: 4", "4", {"pattern": r"Answer: (\d)", "expect": "target"}, True),
        ("It is 4", "4", {"pattern": r"\d", "expect": "target"}, True),
        ("It is 5", "4", {"pattern": r"\d", "expect": "target"}, False),
    ],
)
def test_the_answer_is_searched(
    grade: Grade, text: str, target: Any, config: dict[str, Any], right: bool
) -> None:
    assert grade(text, target, **config).numerator == float(right)


def test_an_answer_without_the_captured_value_is_unparsed(grade: Grade) -> None:
    assert grade("no digits", "4", pattern=r"\d", expect="target").parsed is False


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(?=a)b", "look-ahead"),
        ("(?<!x)a", "look-behind"),
        (r"(a)\1", r"refers back to a group with \1"),
        ("(", "missing )"),
        ("a" * 1001, "at most 1000 characters"),
        ("((a{100}){100}){100}", "invalid repetition size"),
    ],
)
def test_what_re2_does_not_take_is_refused_in_a_sentence(pattern: str, says: str) -> None:
    [problem] = get_scorer(SLUG).validate({"pattern": pattern})
    assert says in problem and problem.endswith(".")


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|a)*b",
        "(.*a){20}",
        "([a-z]+)*X",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(a*)*(a*)*(a*)*!b",
        "a*b|a",
    ],
)
@pytest.mark.parametrize("expect", ["found", "target"])
def test_a_pattern_that_explodes_elsewhere_is_quick(grade: Grade, pattern: str, expect: str) -> None:
    text = "a" * 10_000 + "!"
    start = process_time()
    grade(text, "a", pattern=pattern, expect=expect)
    assert process_time() - start < 10
