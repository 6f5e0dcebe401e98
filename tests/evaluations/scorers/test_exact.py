from typing import Any

import pytest

from evaluations.scorers import NotScorable
from tests.evaluations.scorers.conftest import Grade

SLUG = "exact"


@pytest.mark.parametrize(
    ("text", "target", "config", "right"),
    [
        ("Paris", "Paris", {}, True),
        (" Paris\n", "Paris", {}, True),
        (" Paris", "Paris", {"strip": False}, False),
        ("paris", "Paris", {}, False),
        ("STRASSE", "straße", {"case_sensitive": False}, True),
        ("Rome", ["Paris", "Rome"], {}, True),
        ("4", 4, {}, True),
        ('{"a": {"b": [7, 8]}}', 8, {"field": "a.b.1"}, True),
        ('Here:\n```json\n{"a": "x"}\n```', {"a": "x"}, {"field": "a"}, True),
        ('{"a": 4.0}', {"label": 4}, {"field": "a", "target_field": "label"}, True),
        ('{"a": {"y": 1, "x": 2}}', {"a": {"x": 2, "y": 1}}, {"field": "a"}, True),
    ],
)
def test_the_answer_is_compared_with_the_target(
    grade: Grade, text: str, target: Any, config: dict[str, Any], right: bool
) -> None:
    assert grade(text, target, **config).numerator == float(right)


@pytest.mark.parametrize("text", ["no JSON", '{"b": 1}', '{"a": NaN}', "[1]", '{"a": '])
def test_an_answer_without_the_field_is_unparsed(grade: Grade, text: str) -> None:
    scored = grade(text, "x", field="a")
    assert (scored.numerator, scored.parsed) == (0.0, False)


def test_a_target_without_the_field_is_missing(grade: Grade) -> None:
    with pytest.raises(NotScorable, match="no field “a”"):
        grade('{"a": 1}', {"b": 1}, field="a")
