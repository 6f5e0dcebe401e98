import numpy as np
import pytest

from evaluations.statistics import (
    Kind,
    Outcome,
    Reach,
    Reason,
    Rule,
    Samples,
    against_rival,
    against_threshold,
    census,
    clopper_pearson,
    pass_all,
    plain,
)

AT_90 = Rule(threshold=0.9)


def passes(successes: int, failures: int, missing: int = 0) -> Samples:
    return plain([1.0] * successes + [0.0] * failures + [np.nan] * missing)


def test_nothing_run_is_no_data() -> None:
    result = against_threshold(passes(0, 0), AT_90)
    assert (result.outcome, result.reason, result.point, result.interval) == (Outcome.NO_DATA, "", None, None)


def test_a_rule_without_a_threshold_is_refused() -> None:
    with pytest.raises(ValueError, match="without a threshold"):
        against_threshold(passes(1, 0), Rule())


def test_lower_is_better_mirrors_the_verdict() -> None:
    refusals = plain([1.0] * 3 + [0.0] * 197, higher_is_better=False)
    mirrored = against_threshold(passes(197, 3), Rule(threshold=0.95))
    result = against_threshold(refusals, Rule(threshold=0.05))
    assert result.outcome is mirrored.outcome is Outcome.MET
    assert result.interval is not None and mirrored.interval is not None
    assert result.interval.high == pytest.approx(1 - mirrored.interval.low)
    assert result.allowed_failures == mirrored.allowed_failures


def test_an_open_result_leans_to_the_side_its_point_is_on() -> None:
    assert against_threshold(passes(38, 2), AT_90).lean == "yes"
    assert against_threshold(passes(35, 5), AT_90).lean == "no"
    assert against_threshold(passes(480, 20), AT_90).lean == ""


def test_a_point_on_the_threshold_is_never_settled_by_more_cases() -> None:
    result = against_threshold(passes(90, 10), AT_90)
    assert (result.never_settles, result.needed_n, result.lean) == (True, None, "")


def test_all_passing_but_too_few_needs_the_all_pass_number() -> None:
    result = against_threshold(passes(20, 0), AT_90)
    assert (result.outcome, result.needed_n, result.more_n) == (Outcome.INCONCLUSIVE, 36, 16)
    assert result.allowed_failures is None


def test_fewer_items_than_asked_for_is_small_n_whatever_the_interval_says() -> None:
    result = against_threshold(passes(100, 0), Rule(threshold=0.5, min_n=200))
    assert (result.outcome, result.reason) == (Outcome.INCONCLUSIVE, Reason.SMALL_N)
    assert result.needed_n is not None and result.needed_n >= 200


def test_fewer_repeats_than_asked_for_is_inconclusive() -> None:
    result = against_threshold(passes(100, 0), Rule(threshold=0.5, min_repeats=3))
    assert (result.outcome, result.reason) == (Outcome.INCONCLUSIVE, Reason.ONE_EPOCH)


def test_all_repeats_passing_counts_clusters_not_tries() -> None:
    result = against_threshold(plain(np.ones((40, 5))), AT_90)
    assert result.n_adj == 40
    assert result.interval == clopper_pearson(40, 40)


def test_repeats_that_never_differ_from_item_to_item_count_as_clusters() -> None:
    half = np.tile([1.0, 0.0], (50, 1))
    result = against_threshold(plain(half), AT_90)
    assert (result.point, result.n_adj) == (0.5, 50)


def test_a_single_item_tried_often_says_no_more_than_one_item() -> None:
    result = against_threshold(plain([[1.0, 0.0, 1.0, 1.0]]), AT_90)
    assert (result.outcome, result.n, result.n_adj) == (Outcome.INCONCLUSIVE, 1, 1)


def test_one_declared_cluster_is_inconclusive_for_every_kind() -> None:
    for kind in set(Kind) - {Kind.SET}:  # test_figures.py has that of labels
        result = against_threshold(plain([1.0] * 50, kind=kind, clusters=["a"] * 50), Rule(threshold=0.1))
        assert (result.outcome, result.reason) == (Outcome.INCONCLUSIVE, Reason.ONE_CLUSTER)


def test_scores_on_other_bounds_are_rescaled_first() -> None:
    unit = np.linspace(0.2, 1.0, 60)
    stars = plain(1 + 4 * unit, kind=Kind.BOUNDED, bounds=(1.0, 5.0))
    wanted = against_threshold(plain(unit, kind=Kind.BOUNDED), Rule(threshold=0.5))
    result = against_threshold(stars, Rule(threshold=3.0))
    assert result.outcome is wanted.outcome
    assert result.interval is not None and wanted.interval is not None
    assert result.interval.low == pytest.approx(1 + 4 * wanted.interval.low)
    assert result.interval.high == pytest.approx(1 + 4 * wanted.interval.high)


def test_few_identical_bounded_scores_fall_back_to_the_worst_case() -> None:
    result = against_threshold(plain([0.8] * 10, kind=Kind.BOUNDED), Rule(threshold=0.75))
    assert (result.outcome, result.n_adj) == (Outcome.INCONCLUSIVE, 10)


def test_constant_at_the_bound_is_the_same_by_either_formula() -> None:
    result = against_threshold(plain([1.0] * 200, kind=Kind.BOUNDED), AT_90)
    assert result.interval is not None
    assert result.interval.low == pytest.approx(clopper_pearson(200, 200).low)
    assert result.interval.high == pytest.approx(1.0)


def test_few_costs_are_shown_but_decide_nothing() -> None:
    costs = plain(np.linspace(0.001, 0.002, 29), kind=Kind.UNBOUNDED, higher_is_better=False)
    result = against_threshold(costs, Rule(threshold=0.1))
    assert (result.outcome, result.reason) == (Outcome.INCONCLUSIVE, Reason.SMALL_N)
    assert result.interval is not None
    assert result.needed_n == 30


def test_costs_without_spread_claim_nothing() -> None:
    costs = plain([0.01] * 100, kind=Kind.UNBOUNDED, higher_is_better=False)
    result = against_threshold(costs, Rule(threshold=0.1))
    assert (result.outcome, result.reason) == (Outcome.INCONCLUSIVE, Reason.ZERO_VARIANCE)


def test_a_time_out_has_no_mean() -> None:
    latencies = plain([1.0] * 99 + [np.inf], kind=Kind.UNBOUNDED, higher_is_better=False)
    result = against_threshold(latencies, Rule(threshold=5.0))
    assert (result.outcome, result.reason, result.point) == (Outcome.INCONCLUSIVE, Reason.ERRORS, None)
    even = plain([1.0] * 100, kind=Kind.UNBOUNDED, higher_is_better=False)
    assert against_rival(latencies, even, Rule()).reason is Reason.ERRORS


def ratio(errors: list[float], words: list[float], clusters: list[str] | None = None) -> Samples:
    return Samples(
        items=tuple(str(row) for row in range(len(errors))),
        numerators=np.array(errors)[:, None],
        denominators=np.array(words)[:, None],
        clusters=None if clusters is None else tuple(clusters),
        kind=Kind.RATIO,
        higher_is_better=False,
    )


def test_no_errors_at_all_speaks_of_clusters_with_an_error() -> None:
    speakers = [f"speaker {row % 10}" for row in range(40)]
    result = against_threshold(ratio([0.0] * 40, [20.0] * 40, speakers), Rule(threshold=0.05))
    assert result.interval == clopper_pearson(0, 10)
    assert (result.outcome, result.method) == (Outcome.INCONCLUSIVE, "clopper-pearson-clusters/1")


def test_a_ratio_of_nothing_has_no_point() -> None:
    result = against_threshold(ratio([0.0, 0.0], [0.0, 0.0]), Rule(threshold=0.05))
    assert (result.outcome, result.point) == (Outcome.INCONCLUSIVE, None)


def test_a_census_needs_two_tries_an_item() -> None:
    result = census(passes(30, 0), AT_90)
    assert (result.outcome, result.reason) == (Outcome.INCONCLUSIVE, Reason.ONE_EPOCH)
    assert result.these_items_only


def test_a_census_in_which_no_try_differs_counts_its_tries() -> None:
    result = census(plain(np.ones((30, 4))), AT_90)
    assert result.interval == clopper_pearson(120, 120)
    assert result.outcome is Outcome.MET


def test_a_census_without_spread_of_graded_scores_claims_nothing() -> None:
    rule = Rule(threshold=0.5, reach=Reach.THESE_ITEMS)
    result = against_threshold(plain(np.full((30, 4), 0.8), kind=Kind.BOUNDED), rule)
    assert (result.outcome, result.reason) == (Outcome.INCONCLUSIVE, Reason.ZERO_VARIANCE)


def test_missing_tries_within_the_allowed_share_leave_a_clear_verdict() -> None:
    assert against_threshold(passes(970, 10, 20), AT_90).outcome is Outcome.MET


def test_a_verdict_that_hangs_on_the_missing_is_inconclusive_for_errors() -> None:
    assert against_threshold(passes(465, 35), AT_90).outcome is Outcome.MET
    result = against_threshold(passes(465, 35, 20), AT_90)
    assert (result.outcome, result.reason) == (Outcome.INCONCLUSIVE, Reason.ERRORS)
    assert (result.n, result.missing) == (500, 20)


def test_missing_repeats_of_an_item_are_read_both_ways_too() -> None:
    tries = np.ones((100, 4))
    tries[:40, 3] = np.nan
    result = against_threshold(plain(tries), AT_90)
    assert result.missing == 0
    assert result.missing_share == pytest.approx(0.1)
    assert result.reason is Reason.ERRORS


def test_missing_utterances_count_as_all_wrong_or_all_right() -> None:
    errors, words = [1.0] * 30 + [0.0] * 170, [20.0] * 200
    assert against_threshold(ratio(errors, words), Rule(threshold=0.0125)).outcome is Outcome.MET
    lost = [np.nan] * 8
    result = against_threshold(ratio(errors + lost, words + lost), Rule(threshold=0.0125))
    assert result.reason is Reason.ERRORS


def test_samples_of_the_wrong_shape_or_range_are_refused() -> None:
    with pytest.raises(ValueError, match="0 or 1"):
        plain([0.5])
    with pytest.raises(ValueError, match="lie in 0 to 1"):
        plain([1.5], kind=Kind.BOUNDED)
    with pytest.raises(ValueError, match="one name per item"):
        plain([1.0, 0.0], clusters=["a"])
    with pytest.raises(ValueError, match="unique"):
        Samples(("a", "a"), np.ones((2, 1)), np.ones((2, 1)), None, Kind.BINARY)


def test_pass_all_is_met_only_when_every_try_of_every_case_passes() -> None:
    assert pass_all(plain(np.ones((5, 3))), 3).outcome is Outcome.MET
    tries = np.ones((5, 3))
    tries[4, 2] = 0.0
    result = pass_all(plain(tries), 3)
    assert (result.outcome, result.point, result.these_items_only) == (Outcome.NOT_MET, 0.8, True)


def test_pass_all_knows_missing_tries_from_too_few_and_from_failures() -> None:
    tries = np.ones((5, 3))
    tries[0, 0] = np.nan
    assert pass_all(plain(tries), 3).reason is Reason.ERRORS
    assert pass_all(plain(tries[:, 1:]), 3).reason is Reason.ONE_EPOCH
    assert pass_all(plain(np.full((5, 3), np.nan)), 3).outcome is Outcome.NO_DATA
    tries[1, 1] = 0.0
    assert pass_all(plain(tries), 3).outcome is Outcome.NOT_MET


@pytest.mark.parametrize(("count", "reason"), [(12, Reason.SMALL_N), (30, Reason.ZERO_VARIANCE)])
def test_costs_that_are_all_the_same_are_too_few_first(count: int, reason: Reason) -> None:
    costs = plain([0.3] * count, kind=Kind.UNBOUNDED, higher_is_better=False)
    result = against_threshold(costs, Rule(threshold=1.0))
    assert (result.outcome, result.reason, result.lean) == (Outcome.INCONCLUSIVE, reason, "yes")
