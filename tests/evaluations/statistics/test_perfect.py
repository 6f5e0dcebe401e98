"""A figure with nothing wrong in it: its range is exact, decides with enough cases, and is rarely false."""

import numpy as np
import pytest

from evaluations.statistics import (
    Figure,
    Outcome,
    Reason,
    Rule,
    against_rival,
    against_threshold,
    estimate,
    pair,
    sentence,
)
from tests.evaluations.statistics.test_figures import drawn, labelled

TAIL = 0.025


def perfect(n: int, figure: Figure, **more: object):
    """Every second case is of label 1 ("b", the positive one) and everything is said with certainty and right."""
    truths = np.arange(n) % 2
    return labelled(truths, truths, np.ones(n), figure=figure, **more)


@pytest.mark.parametrize(
    ("figure", "low", "high"),
    [
        (Figure.MACRO_F1, (TAIL / 4) ** (1 / 300), 1.0),
        (Figure.AUROC, (TAIL / 2) ** (2 / 300), 1.0),
        (Figure.RECALL_AT_PRECISION, (TAIL / 3) ** (1 / 300), 1.0),
        (Figure.CALIBRATION_ERROR, 0.0, 1 - TAIL ** (1 / 600)),
    ],
)
def test_the_range_is_that_of_what_was_not_seen(figure, low, high) -> None:
    found = estimate(perfect(600, figure))
    assert found.method == "perfect-figure/1" and found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high))
    assert found.seed is None


def test_enough_cases_decide_and_fewer_say_how_many_would() -> None:
    met = against_threshold(perfect(600, Figure.MACRO_F1), Rule(threshold=0.98))
    assert met.outcome is Outcome.MET and "Met: at least 98.3" in sentence(met)
    still_open = against_threshold(perfect(100, Figure.MACRO_F1), Rule(threshold=0.98))
    assert (still_open.outcome, still_open.reason) == (Outcome.INCONCLUSIVE, Reason.STRADDLES)
    needed = still_open.needed_n
    assert needed is not None and 480 <= needed <= 560
    assert (
        against_threshold(perfect(needed + 40, Figure.MACRO_F1), Rule(threshold=0.98)).outcome is Outcome.MET
    )


def test_few_clusters_of_a_label_decide_nothing_though_the_range_is_shown() -> None:
    few = against_threshold(perfect(40, Figure.MACRO_F1), Rule(threshold=0.5))
    assert (few.outcome, few.reason) == (Outcome.INCONCLUSIVE, Reason.FEW_OF_A_LABEL)
    assert few.interval is not None


def test_cases_of_one_source_count_once() -> None:
    apart = estimate(perfect(600, Figure.MACRO_F1)).interval
    together = estimate(
        perfect(600, Figure.MACRO_F1, clusters=tuple(str(row // 4) for row in range(600)))
    ).interval
    assert apart is not None and together is not None
    assert 1 - together.low == pytest.approx(1 - (TAIL / 4) ** (1 / 150))


def test_the_least_precise_figure_that_could_be_is_not_a_recall() -> None:
    """90 positives among 3,000: a precision of .99 does not follow from no false alarm seen."""
    truths = (np.arange(3_000) % 33 == 0).astype(int)
    rare = labelled(truths, truths, np.ones(3_000), figure=Figure.RECALL_AT_PRECISION, precision=0.99)
    found = estimate(rare)
    assert found.interval is not None and found.interval.low == 0.0
    lower = labelled(truths, truths, np.ones(3_000), figure=Figure.RECALL_AT_PRECISION, precision=0.8)
    seen = estimate(lower).interval
    assert seen is not None and seen.low > 0.9


def test_one_error_leaves_it_to_the_resamples() -> None:
    truths = np.arange(600) % 2
    said = truths.copy()
    said[0] = 1
    assert estimate(labelled(truths, said, np.ones(600))).method == "bootstrap-bca/1"
    assert estimate(drawn(200, 0.8)).method == "bootstrap-bca/1"


@pytest.mark.parametrize("cases", [30, 100, 1_000])
def test_the_claim_is_false_in_at_most_a_fortieth_of_samples(cases) -> None:
    """Wherever the true figure lies below what no error would claim, no error is seen in at most 2.5 % of samples.

    Two labels of so many cases each; label b goes wrong at a rate e: recall 1 − e of b, precision 1 / (1 + e) of a.
    """
    claimed = {figure: estimate(perfect(2 * cases, figure)).interval for figure in Figure}
    for rate in np.linspace(1e-4, 0.5, 2_000):
        unseen = (1 - rate) ** cases
        macro_f1 = (2 * (1 - rate) / (2 - rate) + 2 / (2 + rate)) / 2
        true = {Figure.MACRO_F1: macro_f1, Figure.AUROC: 1 - rate, Figure.RECALL_AT_PRECISION: 1 - rate}
        for figure, value in true.items():
            interval = claimed[figure]
            assert interval is not None
            assert value >= interval.low or unseen <= TAIL
        error = claimed[Figure.CALIBRATION_ERROR]
        assert error is not None
        assert rate <= error.high or (1 - rate) ** (2 * cases) <= TAIL


@pytest.mark.parametrize("figure", list(Figure))
def test_two_perfect_runs_are_not_distinguishable_within_exact_bounds(figure) -> None:
    ours, theirs = perfect(600, figure), perfect(600, figure)
    alone = estimate(ours).interval
    result = against_rival(ours, theirs, Rule())
    assert alone is not None and result.interval is not None
    width = alone.high - alone.low
    assert (result.interval.low, result.interval.high) == pytest.approx((-width, width))
    assert (result.point, result.method) == (0.0, "perfect-figures/1")
    no_worse = against_rival(ours, theirs, Rule(margin=-1.01 * width))
    assert no_worse.outcome is Outcome.MET
    assert against_rival(ours, theirs, Rule(margin=-0.99 * width)).outcome is Outcome.INCONCLUSIVE
    difference = pair(ours, theirs).scored
    assert difference is not None and difference.p_value(0.0) == pytest.approx(1.0)
    assert difference.p_value(-width) == pytest.approx(0.05, abs=1e-6)
