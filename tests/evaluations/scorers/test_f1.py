from typing import Any

import pytest

from tests.evaluations.scorers.conftest import Grade

SLUG = "f1"


@pytest.mark.parametrize(
    ("text", "target", "config", "value"),
    [
        ("the Eiffel Tower", "Eiffel tower", {}, 1),
        ("the Eiffel Tower", "Eiffel tower", {"drop_articles": False}, 0.8),
        ("red red blue", "red blue blue", {}, 2 / 3),
        ("it's", "its", {}, 1),
        ("nothing alike", "something else", {}, 0),
        ("rome", ["paris", "rome"], {}, 1),
        ("", "x", {}, 0),
        ("the", "a", {}, 1),
    ],
)
def test_overlap_counts_words_as_often_as_they_occur(
    grade: Grade, text: str, target: Any, config: dict[str, Any], value: float
) -> None:
    assert grade(text, target, **config).numerator == pytest.approx(value)


def test_matches_a_published_value(grade: Grade) -> None:
    """The example of the SQuAD evaluation: precision 2/3, recall 1, F1 0.8."""
    assert grade("in Saint Petersburg", "Saint Petersburg").numerator == pytest.approx(0.8)
