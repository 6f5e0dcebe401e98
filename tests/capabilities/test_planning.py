"""What cases can decide, in sentences, checked against the closed forms."""

import pytest

from capabilities.lint import instead_of_perfect
from capabilities.models import Criterion
from capabilities.queries.planning import decides
from evaluations.models import ScorerVersion

RATE = ScorerVersion(unit="rate", direction="higher")
ERRORS = ScorerVersion(unit="rate", direction="lower")
MILLISECONDS = ScorerVersion(unit="ms", direction="lower", value_kind="unbounded")


def test_smallest_number_of_cases_that_prove_ninety_percent_is_thirty_six() -> None:
    found = decides(Criterion(threshold=0.9), RATE, None)
    assert found.sentences[0].startswith("At least 36 cases, all of them right")


def test_eighty_cases_allow_two_failures_for_a_target_of_ninety_percent() -> None:
    found = decides(Criterion(threshold=0.9), RATE, 80)
    assert "With your 80 cases at most 2 failures still prove it." in found.sentences


def test_too_few_cases_say_that_it_can_never_be_proven() -> None:
    found = decides(Criterion(threshold=0.9), RATE, 20)
    assert "With your 20 cases it can never be proven, however good the model is." in found.sentences


def test_targets_that_these_cases_could_prove_are_rounded_to_the_safe_side() -> None:
    found = decides(Criterion(threshold=0.9), RATE, 80)
    assert any("up to 95.4\u00a0%" in sentence for sentence in found.sentences)


@pytest.mark.parametrize(("lower", "first"), [(False, "90"), (True, "10")])
def test_perfection_is_answered_with_what_can_be_asked_instead(lower: bool, first: str) -> None:
    found = instead_of_perfect(0.95, lower=lower)
    assert found[0].changes == {"threshold": first}
    assert found[-1].changes["statistic"] == "pass_all"
    assert "36 cases" in found[0].label


def test_error_rates_are_mirrored() -> None:
    found = decides(Criterion(threshold=0.1), ERRORS, 80)
    assert "With your 80 cases at most 2 failures still prove it." in found.sentences
    assert any("as low as 4.6\u00a0%" in sentence for sentence in found.sentences)


def test_a_model_on_the_target_is_never_settled() -> None:
    found = decides(Criterion(threshold=0.9), RATE, 80, expected=0.9)
    assert "no number of cases settles that" in found.sentences[-1]


def test_a_comparison_says_what_difference_the_cases_can_show() -> None:
    found = decides(Criterion(against="competitors", margin=0.03), RATE, 600)
    # (1.96 + 0.84) · √0.2 / √600 = 5.1 points; n for 3 points = (2.8 · √0.2 / 0.03)²
    assert any("5.1\u00a0points" in sentence for sentence in found.sentences)
    assert any("1,745 cases" in sentence for sentence in found.sentences)


def test_every_try_speaks_of_these_cases_only() -> None:
    found = decides(Criterion(statistic="pass_all", tries=3), RATE, 14)
    assert found.sentences[0] == "14 cases × 3 tries: one wrong answer and it is not met."


def test_other_units_wait_for_the_first_run() -> None:
    found = decides(Criterion(threshold=200.0), MILLISECONDS, 80)
    assert "The first run shows" in found.sentences[-1]
