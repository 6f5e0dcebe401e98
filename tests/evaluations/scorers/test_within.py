from typing import Any

import pytest

from evaluations.scorers import NotScorable, get_scorer
from tests.evaluations.scorers.conftest import Grade

SLUG = "within"


@pytest.mark.parametrize(
    ("text", "target", "config", "right"),
    [
        ("4", 5, {}, True),
        ("3", 5, {}, False),
        ("3", 5, {"k": 2}, True),
        ("Sentiment: 4/5", 3, {}, True),
        ("5", 5, {"k": 0}, True),
        ('{"sentiment": 2}', {"sentiment": 1}, {"field": "sentiment"}, True),
        ('{"sentiment": "2"}', "1", {"field": "sentiment"}, True),
        ("from 1 to 5 this is a 4", 4, {"which": "last", "k": 0}, True),
    ],
)
def test_a_label_near_the_target_is_right(
    grade: Grade, text: str, target: Any, config: dict[str, Any], right: bool
) -> None:
    assert grade(text, target, **config).numerator == float(right)


@pytest.mark.parametrize("text", ["great", "3.5", "0", "6", ""])
def test_what_is_no_label_of_the_scale_is_unparsed(grade: Grade, text: str) -> None:
    scored = grade(text, 3, k=5, lowest=1, highest=5)
    assert (scored.numerator, scored.parsed) == (0.0, False)


def test_a_target_that_is_no_whole_number_is_missing(grade: Grade) -> None:
    with pytest.raises(NotScorable, match="not one whole number"):
        grade("3", 3.5)


def test_a_scale_upside_down_is_refused() -> None:
    assert get_scorer(SLUG).validate({"lowest": 5, "highest": 1}) == [
        "The lowest label is above the highest; swap them."
    ]
