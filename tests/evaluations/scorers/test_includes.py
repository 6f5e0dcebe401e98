from typing import Any

import pytest

from tests.evaluations.scorers.conftest import Grade

SLUG = "includes"


@pytest.mark.parametrize(
    ("text", "target", "config", "right"),
    [
        ("The capital is paris.", "Paris", {}, True),
        ("The capital is paris.", "Paris", {"case_sensitive": True}, False),
        ("red and blue", ["red", "green"], {}, True),
        ("red and blue", ["red", "green"], {"all": True}, False),
        ("red and green", ["red", "green"], {"all": True}, True),
        ("", "x", {}, False),
    ],
)
def test_the_target_is_looked_for_in_the_answer(
    grade: Grade, text: str, target: Any, config: dict[str, Any], right: bool
) -> None:
    assert grade(text, target, **config).numerator == float(right)


def test_what_is_missing_is_named(grade: Grade) -> None:
    assert grade("red", ["red", "green"], all=True).rationale == "Not in the answer: green"
