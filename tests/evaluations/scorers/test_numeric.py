from typing import Any

import pytest

from evaluations.scorers import NotScorable
from evaluations.scorers.numbers import numbers_in
from tests.evaluations.scorers.conftest import Grade

SLUG = "numeric"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,234.5", [1234.5]),
        ("#### 42", [42]),
        ("−5 and $1,000", [-5, 1000]),
        ("-$5", [-5]),
        ("€ -5", [-5]),
        ("10-20", [10, 20]),
        ("1,2,3", [1, 2, 3]),
        ("12 %", [12]),
        ("1e3", [1000]),
        ("B12 H2O", []),
        ("x=-3.5.", [-3.5]),
        ("1\u202f000", [1000]),
        ("1'000'000.5", [1000000.5]),
        ("1e400", []),
        (".5", [0.5]),
        ("2^10 = 1024", [2, 10, 1024]),
        ("", []),
    ],
)
def test_numbers_are_found_in_text(text: str, numbers: list[float]) -> None:
    assert numbers_in(text) == numbers


def test_a_decimal_comma_is_read_when_asked_for() -> None:
    assert numbers_in("1.234,5 und 0,5", decimal_comma=True) == [1234.5, 0.5]


@pytest.mark.parametrize(
    ("text", "target", "config", "right"),
    [
        ("The total is $1,234.50.", "1234.5", {}, True),
        ("first 5, then 7", 7, {}, True),
        ("first 5, then 7", 5, {"which": "first"}, True),
        ("7 … so 7", 7, {"which": "only"}, True),
        ("9.6", 10, {"absolute": 0.5}, True),
        ("9.4", 10, {"absolute": 0.5}, False),
        ("99", 100, {"relative": 0.01}, True),
        ("-99", -100, {"relative": 0.01}, True),
        ("98.9", 100, {"relative": 0.01}, False),
        ("0.3", 0.1, {"absolute": 0.2}, True),
        ("75%", 0.75, {"percent_as_fraction": True}, True),
        ("75%", "75", {}, True),
        ('{"n": 3}', {"n": 3}, {"field": "n"}, True),
        ("4", [3, 4], {}, True),
    ],
)
def test_a_number_within_the_tolerance_is_right(
    grade: Grade, text: str, target: Any, config: dict[str, Any], right: bool
) -> None:
    assert grade(text, target, **config).numerator == float(right)


@pytest.mark.parametrize(("text", "config"), [("none", {}), ("3 or 4", {"which": "only"})])
def test_an_answer_without_one_number_is_unparsed(grade: Grade, text: str, config: dict[str, Any]) -> None:
    assert grade(text, 3, **config).parsed is False


def test_a_target_that_is_no_number_is_missing(grade: Grade) -> None:
    with pytest.raises(NotScorable, match="is not one number"):
        grade("3", "three")
