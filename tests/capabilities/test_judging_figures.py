"""A verdict on a figure over all samples: the same from the same inputs, with its seed; against a target, a rival and before."""

from typing import Any

import pytest

from capabilities.lint.criteria import criterion_findings
from capabilities.models import Verification
from capabilities.services.judging import judge_run
from tests.factories.capabilities import (
    make_criterion,
    make_product,
    make_requirement,
    make_rival_set,
    make_verification,
)
from tests.factories.evaluations import make_model_version
from tests.factories.labels import guesses, make_answered_run, make_label_scorer, make_languages

pytestmark = pytest.mark.django_db

CASES = 150


def evidence(kind: str = "macro_f1", config: Any = None, **criterion: Any) -> Verification:
    scorer = make_label_scorer(kind, config or {"field": "label"})
    evaluation = make_languages(CASES, [scorer], slices=True)
    product = criterion.pop("product", None)
    requirement = make_requirement(
        product, approved=True, criteria=[{"scorer": scorer.scorer, "confidence": 0.95, **criterion}]
    )
    return make_verification(requirement.revisions.get().criteria.get(), evaluation)


def test_macro_f1_against_a_target_is_met_and_says_how_it_was_drawn() -> None:
    found = evidence(threshold=0.8)
    (verdict,) = judge_run(make_answered_run(guesses(CASES, 0.95), found.evaluation_version))

    assert (verdict.outcome, verdict.method, verdict.n) == ("met", "bootstrap-bca/1", CASES)
    assert (verdict.detail["seed"], verdict.detail["resamples"]) == (1, 2000)
    assert "bootstrap, seed 1, 2,000 resamples" in verdict.sentence
    assert verdict.low is not None and verdict.low >= 0.8
    part = verdict.lines.get(kind="slice", label="length=long")
    assert (part.n, part.detail["seed"]) == (75, 1)


def test_the_same_inputs_give_the_same_numbers_and_no_second_row() -> None:
    found = evidence(threshold=0.8)
    run = make_answered_run(guesses(CASES, 0.9), found.evaluation_version)
    (first,), (again,) = judge_run(run), judge_run(run)
    assert first == again

    other = make_answered_run(guesses(CASES, 0.9), found.evaluation_version)
    (same,) = judge_run(other)
    assert (same.point, same.low, same.high) == (first.point, first.low, first.high)


def test_a_rival_is_beaten_on_the_same_resamples() -> None:
    product = make_product()
    rival = make_model_version(side="competitor")
    rival_set = make_rival_set(product, [rival.model])
    found = evidence(product=product, against="competitors", rival_set=rival_set, threshold=None)
    make_answered_run(guesses(CASES, 0.7, seed=1), found.evaluation_version, rival)
    (verdict,) = judge_run(make_answered_run(guesses(CASES, 0.95), found.evaluation_version))

    line = verdict.lines.get(kind="rival")
    assert (verdict.outcome, line.outcome, line.detail["seed"]) == ("met", "met", 1)
    assert line.their_point is not None and line.point is not None and verdict.point == line.point
    assert line.detail["p"] < 0.05 and line.their_low is not None


def test_a_fall_since_the_version_before_is_a_regression() -> None:
    found = evidence(against="previous", threshold=None, tolerance=0.01)
    before = make_model_version()
    after = make_model_version(model=before.model, parent=before)
    make_answered_run(guesses(CASES, 0.95), found.evaluation_version, before)
    (verdict,) = judge_run(make_answered_run(guesses(CASES, 0.6, seed=2), found.evaluation_version, after))
    assert (verdict.outcome, verdict.trend) == ("not_met", "regressed")


def test_the_calibration_error_waits_for_thirty_cases_a_bin() -> None:
    found = evidence("calibration_error", threshold=0.3)
    (verdict,) = judge_run(make_answered_run(guesses(CASES, 0.8), found.evaluation_version))
    assert (verdict.outcome, verdict.reason) == ("inconclusive", "small_n")
    assert verdict.needed_n is not None and verdict.needed_n >= 300

    coarse = evidence("calibration_error", {"field": "label", "bins": 5}, threshold=0.3)
    (verdict,) = judge_run(make_answered_run(guesses(CASES, 0.8), coarse.evaluation_version))
    assert (verdict.outcome, verdict.method) == ("met", "bootstrap-t/1")


def test_a_criterion_that_no_figure_over_all_can_answer_is_found_in_writing() -> None:
    scorer = make_label_scorer().scorer
    as_share = make_criterion(scorer=scorer, statistic="share", limit=1, threshold=0.5, reach="these")
    assert [one.code for one in criterion_findings(as_share) if one.code.startswith("figure")] == [
        "figure_of_all",
        "figure_reach",
    ]
    assert not [
        one
        for one in criterion_findings(make_criterion(scorer=scorer, threshold=0.5))
        if "figure" in one.code
    ]
