from typing import Any

import pytest

from evaluations.scorers import get_scorer
from tests.evaluations.scorers.conftest import Grade

SLUG = "length"


@pytest.mark.parametrize(
    ("text", "config", "right"),
    [
        ("one two three", {"at_most": 3}, True),
        ("one two three", {"at_most": 2}, False),
        ("one", {"at_least": 2}, False),
        (" abc ", {"count": "characters", "at_least": 3, "at_most": 3}, True),
        ("a\nb", {"count": "lines", "at_most": 1}, False),
        ("", {"at_most": 3}, True),
    ],
)
def test_the_length_must_lie_within_the_limits(
    grade: Grade, text: str, config: dict[str, Any], right: bool
) -> None:
    assert grade(text, **config).numerator == float(right)


@pytest.mark.parametrize("config", [{}, {"at_least": 5, "at_most": 2}])
def test_limits_are_needed_and_in_order(config: dict[str, Any]) -> None:
    assert len(get_scorer(SLUG).validate(config)) == 1
