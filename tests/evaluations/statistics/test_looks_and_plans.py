import numpy as np
import pytest

from evaluations.statistics import (
    Kind,
    Outcome,
    Reason,
    Rule,
    Trend,
    against_rival,
    against_rival_at_any_look,
    against_threshold,
    against_threshold_at_any_look,
    allowed_failures,
    clopper_pearson,
    deciding_thresholds,
    minimum_detectable_effect,
    percentile_interval,
    plain,
    required_n_mean,
    required_n_rate,
    sequence_rate,
    share_within,
    smallest_deciding_n,
    spent_at,
    worst_trend,
)
from evaluations.statistics.watched import WatchedDifference

RANDOM = np.random.default_rng(12)


@pytest.mark.parametrize(("threshold", "n"), [(0.9, 36), (0.95, 72), (0.99, 368), (1.0, None), (0.0, 1)])
def test_the_all_pass_number_of_the_editor(threshold: float, n: int | None) -> None:
    assert smallest_deciding_n(threshold) == n


def test_eighty_cases_allow_two_failures_at_ninety_percent() -> None:
    assert allowed_failures(80, 0.9) == 2
    assert allowed_failures(35, 0.9) is None
    assert allowed_failures(80, 1.0) is None
    assert allowed_failures(0, 0.9) is None


def test_targets_some_cases_could_decide() -> None:
    best = deciding_thresholds(80)
    assert best.met_up_to == clopper_pearson(80, 80).low
    assert best.not_met_above == clopper_pearson(0, 80).high
    seen = deciding_thresholds(80, successes=74)
    assert (seen.met_up_to, seen.not_met_above) == (clopper_pearson(74, 80).low, clopper_pearson(74, 80).high)
    with pytest.raises(ValueError, match="no items"):
        deciding_thresholds(0)


def test_no_number_settles_a_point_on_its_target() -> None:
    assert required_n_rate(0.9, 0.9) is None
    assert required_n_mean(0.3, 0.0) is None


def test_the_smallest_gap_and_the_number_of_items_are_inverse() -> None:
    n = required_n_mean(0.25, 0.05)
    assert n is not None
    assert (
        minimum_detectable_effect(0.25 / np.sqrt(n))
        <= 0.05
        < minimum_detectable_effect(0.25 / np.sqrt(n - 1))
    )


def test_the_needed_number_would_have_decided_what_was_seen() -> None:
    result = against_threshold(plain([1.0] * 280 + [0.0] * 20), Rule(threshold=0.91))
    assert result.needed_n is not None
    again = clopper_pearson(280 / 300 * result.needed_n, result.needed_n)
    assert again.low >= 0.91


def test_all_looks_at_drift_together_spend_alpha() -> None:
    assert sum(spent_at(look, 0.05) for look in range(1, 20_000)) == pytest.approx(0.05, abs=1e-5)
    with pytest.raises(ValueError, match="counted from 1"):
        spent_at(0, 0.05)


def test_running_until_conclusive_needs_the_wider_interval() -> None:
    samples = plain([1.0] * 95 + [0.0] * 5)
    fixed, watched = (
        against_threshold(samples, Rule(threshold=0.88)),
        against_threshold_at_any_look(samples, Rule(threshold=0.88), planned_n=100, looks=3),
    )
    assert (fixed.outcome, watched.outcome) == (Outcome.MET, Outcome.INCONCLUSIVE)
    assert (watched.method, watched.looks) == ("beta-binomial-sequence/1", 3)


def test_means_and_rivals_may_be_watched_too() -> None:
    ours, theirs = RANDOM.uniform(0.6, 1.0, 400), RANDOM.uniform(0.3, 0.7, 400)
    a, b = plain(ours, kind=Kind.BOUNDED), plain(theirs, kind=Kind.BOUNDED)
    watched = against_threshold_at_any_look(a, Rule(threshold=0.7), planned_n=400)
    assert (watched.outcome, watched.method) == (Outcome.MET, "normal-mixture-sequence/1")
    assert against_rival_at_any_look(a, b, Rule(margin=0.2), planned_n=400).outcome is Outcome.MET
    assert against_rival_at_any_look(b, a, Rule(), planned_n=400).outcome is Outcome.NOT_MET


def test_watching_scores_without_spread_bounds_what_was_not_seen() -> None:
    same = plain([0.8] * 100, kind=Kind.BOUNDED)
    found = against_threshold_at_any_look(same, Rule(threshold=0.5), 100)
    seen = sequence_rate(100, 100).low
    assert found.method == "constant-sequence/1"
    assert found.interval is not None and found.interval.low == pytest.approx(seen * 0.8)
    costs = plain([0.8] * 100, kind=Kind.UNBOUNDED)
    assert against_threshold_at_any_look(costs, Rule(threshold=0.5), 100).reason is Reason.ZERO_VARIANCE
    assert against_rival_at_any_look(same, same, Rule(), 100).reason is Reason.ZERO_VARIANCE


def test_the_p_of_a_watched_difference_is_where_its_interval_ends() -> None:
    ours = plain((RANDOM.random(300) < 0.8).astype(float))
    theirs = plain((RANDOM.random(300) < 0.6).astype(float))
    low = against_rival_at_any_look(ours, theirs, Rule(), planned_n=300).interval
    assert low is not None
    difference = against_rival(ours, theirs, Rule())
    assert difference.point is not None and difference.se is not None
    watched = WatchedDifference(difference.point, difference.se, 300, 300)
    assert watched.p_value(low.low) == pytest.approx(0.05)


def test_time_outs_are_over_any_limit_and_errors_are_missing() -> None:
    values = [100.0] * 97 + [np.inf] * 3
    result = share_within(
        plain(values, kind=Kind.UNBOUNDED, higher_is_better=False), 200.0, Rule(threshold=0.95)
    )
    assert (result.point, result.n, result.missing) == (0.97, 100, 0)
    lost = share_within(plain([*values, np.nan], kind=Kind.UNBOUNDED), 200.0, Rule(threshold=0.8))
    assert (lost.n, lost.missing, lost.outcome) == (100, 1, Outcome.MET)


@pytest.mark.parametrize(("percentile", "fewest"), [(0.95, 72), (0.99, 368)])
def test_a_percentile_needs_its_number_of_requests(percentile: float, fewest: int) -> None:
    def outcome(n: int) -> Outcome:
        return share_within(plain([1.0] * n, kind=Kind.UNBOUNDED), 2.0, Rule(threshold=percentile)).outcome

    assert (outcome(fewest - 1), outcome(fewest)) == (Outcome.INCONCLUSIVE, Outcome.MET)


def test_too_few_requests_have_no_order_interval() -> None:
    assert percentile_interval(np.arange(30.0), 0.95) is None
    assert percentile_interval(np.empty(0), 0.95) is None


def test_the_worst_trend_is_a_regression_then_not_knowing() -> None:
    assert worst_trend([Trend.IMPROVED, Trend.REGRESSED, Trend.UNKNOWN]) is Trend.REGRESSED
    assert worst_trend([Trend.IMPROVED, Trend.WITHIN_TOLERANCE, Trend.UNKNOWN]) is Trend.UNKNOWN
    assert worst_trend([Trend.NO_WORSE, Trend.IMPROVED]) is Trend.NO_WORSE
    assert worst_trend([]) is Trend.UNKNOWN
