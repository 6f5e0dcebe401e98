from typing import Any

import numpy as np
import pytest
from sklearn.metrics import precision_score

from evaluations.scorers import NotScorable
from tests.evaluations.scorers.conftest import Grade

SLUG = "suggestion_precision"
WANTED = ["none", "fuel", "break", "none", "fuel", "none", "break", "call"]
MADE = ["none", "fuel", "fuel", "break", "none", "None", "break", "call"]


def test_the_ratio_of_sums_is_the_precision_of_the_suggestions_made(grade: Grade) -> None:
    """scikit-learn's micro precision over the labels that are suggestions is the same count."""
    scores = [grade(made, wanted) for made, wanted in zip(MADE, WANTED, strict=True)]
    ratio = sum(one.numerator for one in scores) / sum(one.denominator for one in scores)
    labels = sorted(set(WANTED) - {"none"})
    made = np.array([word.casefold() for word in MADE])
    assert ratio == pytest.approx(precision_score(WANTED, made, labels=labels, average="micro"))


@pytest.mark.parametrize(
    ("text", "target", "numerator", "denominator"),
    [
        ("fuel", "fuel", 1, 1),
        (" Fuel ", ["fuel", "break"], 1, 1),
        ("break", "fuel", 0, 1),
        ("fuel", "none", 0, 1),
        ("none", "fuel", 0, 0),
        ("", "fuel", 0, 0),
    ],
)
def test_silence_counts_neither_way(
    grade: Grade, text: str, target: Any, numerator: float, denominator: float
) -> None:
    scored = grade(text, target)
    assert (scored.numerator, scored.denominator) == (numerator, denominator)


def test_the_words_for_silence_can_be_chosen(grade: Grade) -> None:
    assert grade("stay  Silent", "fuel", silence=["stay silent"]).denominator == 0
    assert grade("none", "fuel", silence=["stay silent"]).denominator == 1


def test_a_case_without_target_is_missing(grade: Grade) -> None:
    with pytest.raises(NotScorable):
        grade("fuel", None)


def test_an_answer_that_cannot_be_read_is_a_wrong_suggestion(grade: Grade) -> None:
    scored = grade("no JSON", "fuel", field="action")
    assert (scored.numerator, scored.denominator, scored.parsed) == (0.0, 1.0, False)
