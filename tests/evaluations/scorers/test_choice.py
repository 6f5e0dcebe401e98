import pytest

from evaluations.scorers import NotScorable, get_scorer
from tests.evaluations.scorers.conftest import Grade

SLUG = "choice"
ABCD = ["A", "B", "C", "D"]


@pytest.mark.parametrize(
    "text",
    [
        "B",
        "b",
        "(b)",
        "**B**",
        "B.",
        "B) Paris",
        "B. Paris is the capital",
        "Answer: B",
        "answer is B because A is wrong",
        "The answer is (B).",
        "**Answer:** B",
        "Final answer: **(B)**",
        "I think A looks tempting. The correct answer is (B).",
        "The answer: A is tempting at first.\nAnswer: B",
        "$\\boxed{B}$",
        "So we choose **B** in the end",
        "A good question, but I would take B here",
        "the answer is b because the rest is wrong",
        "The answer is a bit hidden: B",
        "It is a pity, but the choice is b.",
        "I pick B",
    ],
)
def test_the_letter_is_read_however_it_is_written(grade: Grade, text: str) -> None:
    assert grade(text, "B", choices=ABCD) == grade("B", "B", choices=ABCD)


@pytest.mark.parametrize(
    "text", ["", "A dog saw me and I ran", "B or C", "none of these", "ABCD", "Because", "it is a dog"]
)
def test_an_answer_that_names_none_or_several_is_unparsed(grade: Grade, text: str) -> None:
    scored = grade(text, "B", choices=ABCD)
    assert (scored.numerator, scored.parsed) == (0.0, False)


@pytest.mark.parametrize(
    "text", ["It is Positive.", "sentiment: positive", '"positive"', "positive, very positive"]
)
def test_words_are_options_too(grade: Grade, text: str) -> None:
    assert grade(text, "positive", choices=["positive", "negative"]).label == "positive"


def test_a_longer_option_wins_over_the_one_it_starts_with(grade: Grade) -> None:
    assert grade("very good", "very good", choices=["very", "very good"]).numerator == 1.0


@pytest.mark.parametrize(
    "text", ["a", "(a)", "The answer is A.", "answer: a", "I choose A", "I would say A", "A. Yes"]
)
def test_the_letter_a_is_told_from_the_word(grade: Grade, text: str) -> None:
    assert grade(text, "A", choices=ABCD).label == "A"


def test_a_wrong_choice_scores_nothing_and_is_parsed(grade: Grade) -> None:
    scored = grade("C", "B", choices=ABCD)
    assert (scored.numerator, scored.label, scored.parsed) == (0.0, "C", True)


def test_a_target_that_is_no_option_is_missing(grade: Grade) -> None:
    with pytest.raises(NotScorable, match="is not one of A, B, C, D"):
        grade("B", "E", choices=ABCD)


def test_options_that_differ_in_capitals_only_are_refused() -> None:
    assert get_scorer(SLUG).validate({"choices": ["yes", "Yes"]}) != []
