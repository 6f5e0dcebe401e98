from typing import Any

import pytest

from evaluations.scorers import NotScorable
from tests.evaluations.scorers.conftest import Grade

SLUG = "unwanted_interruption"


@pytest.mark.parametrize(
    ("text", "target", "numerator", "denominator"),
    [
        ("fuel", "none", 1, 1),
        ("none", "none", 0, 1),
        ("", "none", 0, 1),
        ("fuel", "fuel", 0, 0),
        ("none", "fuel", 0, 0),
        ("fuel", ["none", "fuel"], 1, 1),
    ],
)
def test_only_moments_that_call_for_silence_can_be_interrupted(
    grade: Grade, text: str, target: Any, numerator: float, denominator: float
) -> None:
    scored = grade(text, target)
    assert (scored.numerator, scored.denominator) == (numerator, denominator)


@pytest.mark.parametrize(("target", "worst"), [("none", (1.0, 1.0)), ("fuel", (0.0, 0.0))])
def test_a_failed_or_unreadable_answer_counts_as_an_interruption_there(
    grade: Grade, target: str, worst: tuple[float, float]
) -> None:
    failed = grade("", target, error_class="refusal")
    unread = grade("no JSON", target, field="action")
    assert [(one.numerator, one.denominator) for one in (failed, unread)] == [worst, worst]
    assert (failed.parsed, unread.parsed) == (True, False)


def test_a_case_without_target_is_missing(grade: Grade) -> None:
    with pytest.raises(NotScorable):
        grade("fuel", None)
