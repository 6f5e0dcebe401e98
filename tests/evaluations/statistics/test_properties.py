"""What must hold for any data."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evaluations.statistics import (
    Kind,
    Outcome,
    Rule,
    Samples,
    Trend,
    against_any,
    against_earlier,
    against_every,
    against_rival,
    against_threshold,
    allowed_failures,
    benjamini_hochberg,
    clopper_pearson,
    holm,
    plain,
    roll_up,
    sequence_rate,
    smallest_deciding_n,
    tango,
)

RATES = st.floats(0.05, 0.99)
ORDER = [Outcome.NOT_MET, Outcome.INCONCLUSIVE, Outcome.MET]


@st.composite
def two_runs(draw: st.DrawFn) -> tuple[Samples, Samples]:
    n, repeats = draw(st.integers(1, 40)), draw(st.integers(1, 3))
    kind = draw(st.sampled_from([Kind.BINARY, Kind.BOUNDED]))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    clusters = [f"c{row % draw(st.just(5))}" for row in range(n)] if draw(st.booleans()) else None

    def scores() -> np.ndarray:
        values = random.random((n, repeats))
        values = np.round(values) if kind is Kind.BINARY else values
        values[random.random((n, repeats)) < draw(st.sampled_from([0.0, 0.04]))] = np.nan
        return values

    return plain(scores(), kind=kind, clusters=clusters), plain(scores(), kind=kind, clusters=clusters)


@given(st.integers(1, 300), st.data())
def test_more_successes_never_make_a_verdict_worse(n: int, data: st.DataObject) -> None:
    k, threshold = data.draw(st.integers(0, n - 1)), data.draw(RATES)

    def outcome(successes: int) -> Outcome:
        scores = [1.0] * successes + [0.0] * (n - successes)
        return against_threshold(plain(scores), Rule(threshold=threshold)).outcome

    assert ORDER.index(outcome(k)) <= ORDER.index(outcome(k + 1))


@given(st.integers(1, 500), st.data())
def test_the_exact_interval_is_mirrored_and_holds_the_point(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    interval, mirrored = clopper_pearson(k, n), clopper_pearson(n - k, n)
    assert interval.low <= k / n <= interval.high
    assert abs(interval.low - (1 - mirrored.high)) < 1e-9


@given(st.integers(1, 60), st.integers(2, 6), st.data())
def test_the_interval_widens_as_n_falls(n: int, times: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    few, many = clopper_pearson(k, n), clopper_pearson(k * times, n * times)
    assert few.high - few.low >= many.high - many.low - 1e-12


@given(st.integers(1, 200), RATES)
def test_a_false_met_is_never_likelier_than_half_of_alpha(n: int, threshold: float) -> None:
    most = allowed_failures(n, threshold)
    chance = 0.0 if most is None else float(stats.binom.cdf(most, n, 1 - threshold))
    assert chance <= 0.025 + 1e-12


@given(st.integers(1, 400), RATES)
def test_allowed_failures_is_the_last_number_that_is_met(n: int, threshold: float) -> None:
    most = allowed_failures(n, threshold)
    met = [clopper_pearson(n - failures, n).low >= threshold for failures in range(n + 1)]
    assert (most is None) == (not met[0])
    assert most is None or (met[most] and not any(met[most + 1 :]))


@given(st.floats(0.01, 0.999))
def test_the_smallest_deciding_n_decides_and_one_less_does_not(threshold: float) -> None:
    n = smallest_deciding_n(threshold)
    assert n is not None
    assert clopper_pearson(n, n).low >= threshold - 1e-9
    assert n == 1 or clopper_pearson(n - 1, n - 1).low < threshold + 1e-9


@given(st.integers(1, 300), st.data())
def test_tango_is_antisymmetric_and_holds_the_point(n: int, data: st.DataObject) -> None:
    b = data.draw(st.integers(0, n))
    c = data.draw(st.integers(0, n - b))
    interval, mirrored = tango(b, c, n), tango(c, b, n)
    assert -1 <= interval.low <= (b - c) / n <= interval.high <= 1
    assert abs(interval.low + mirrored.high) < 1e-9
    assert abs(interval.high + mirrored.low) < 1e-9


@given(st.integers(2, 200), st.data())
def test_tango_rises_with_each_pair_won(n: int, data: st.DataObject) -> None:
    b = data.draw(st.integers(0, n - 1))
    c = data.draw(st.integers(0, n - 1 - b))
    fewer, more = tango(b, c, n), tango(b + 1, c, n)
    assert fewer.low <= more.low + 1e-9
    assert fewer.high <= more.high + 1e-9


@settings(max_examples=60, deadline=None)
@given(two_runs())
def test_swapping_sides_turns_every_number(runs: tuple[Samples, Samples]) -> None:
    one, other = against_rival(*runs, Rule()), against_rival(runs[1], runs[0], Rule())
    assert one.n == other.n and one.missing == other.missing
    if one.interval is None or other.interval is None:
        assert one.interval is other.interval
        return
    assert np.isclose(one.interval.low, -other.interval.high, atol=1e-9)
    assert one.p is not None and other.p is not None and np.isclose(one.p, other.p)
    assert one.outcome is Outcome.INCONCLUSIVE or one.outcome is not other.outcome


@settings(max_examples=60, deadline=None)
@given(two_runs(), st.integers(0, 1000))
def test_order_and_names_of_items_and_clusters_change_nothing(
    runs: tuple[Samples, Samples], seed: int
) -> None:
    ours, theirs = runs
    shuffled = ours.select(np.random.default_rng(seed).permutation(len(ours.items)))
    names = {item: f"renamed {item}" for item in ours.items}

    def relabelled(run: Samples) -> Samples:
        clusters = None if run.clusters is None else tuple(f"x{name}" for name in run.clusters)
        items = tuple(names[item] for item in run.items)
        return Samples(items, run.numerators, run.denominators, clusters, run.kind)

    rule = Rule(threshold=0.5)
    for changed in (shuffled, relabelled(ours)):
        a, b = against_threshold(ours, rule), against_threshold(changed, rule)
        assert (a.outcome, a.reason, a.n, a.clusters) == (b.outcome, b.reason, b.n, b.clusters)
        assert (a.interval is None) == (b.interval is None)
        if a.interval is not None and b.interval is not None:
            assert np.isclose(a.interval.low, b.interval.low, atol=1e-9)
    paired, again = against_rival(ours, theirs, rule), against_rival(shuffled, theirs, rule)
    assert (paired.outcome, paired.counts) == (again.outcome, again.counts)
    assert (paired.p is None) == (again.p is None)
    assert paired.p is None or again.p is None or np.isclose(paired.p, again.p)


@settings(max_examples=60, deadline=None)
@given(two_runs(), st.floats(0, 0.2))
def test_a_wider_tolerance_never_turns_no_worse_into_regressed(
    runs: tuple[Samples, Samples], tolerance: float
) -> None:
    strict = against_earlier(*runs, Rule(tolerance=tolerance))
    loose = against_earlier(*runs, Rule(tolerance=tolerance + 0.1))
    assert not (loose.trend is Trend.REGRESSED and strict.trend is not Trend.REGRESSED)
    assert loose.outcome is Outcome.MET or strict.outcome is not Outcome.MET


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=5))
def test_every_implies_each_and_each_implies_any(gaps: list[tuple[int, int]]) -> None:
    ours = np.repeat([1.0, 0.0], 100)
    rivals = []
    for won, lost in gaps:
        theirs = ours.copy()
        theirs[:won] = 0.0
        theirs[200 - lost :] = 1.0
        rivals.append(plain(theirs))
    each = [against_rival(plain(ours), one, Rule()).outcome for one in rivals]
    every, some = against_every(plain(ours), rivals, Rule()), against_any(plain(ours), rivals, Rule())
    assert (every.outcome is Outcome.MET) == all(outcome is Outcome.MET for outcome in each)
    assert some.outcome is not Outcome.MET or Outcome.MET in each
    assert some.outcome is not Outcome.MET or Outcome.MET in [line.outcome for line in some.lines]
    assert (some.outcome is Outcome.NOT_MET) == all(outcome is Outcome.NOT_MET for outcome in each)


@given(st.lists(st.floats(0, 1), max_size=20))
def test_corrections_keep_the_order_and_only_raise(p: list[float]) -> None:
    for corrected in (holm(p), benjamini_hochberg(p)):
        assert all(after >= before - 1e-15 for before, after in zip(p, corrected, strict=True))
        order = np.argsort(p, kind="stable")
        assert (np.diff(np.array(corrected)[order]) >= -1e-15).all()
    assert all(a >= b - 1e-15 for a, b in zip(holm(p), benjamini_hochberg(p), strict=True))


@given(st.integers(1, 300), st.data())
def test_looking_at_any_time_costs_width(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    fixed, sequence = clopper_pearson(k, n), sequence_rate(k, n)
    assert sequence.low <= k / n <= sequence.high
    assert sequence.high - sequence.low >= (fixed.high - fixed.low) * 0.99


@given(st.lists(st.sampled_from(["met", "not_met", "inconclusive", "no_data", "waived"]), min_size=1))
def test_a_requirement_is_met_only_when_nothing_speaks_against_it(outcomes: list[str]) -> None:
    rolled = roll_up(outcomes)
    assert (rolled == "met") == all(outcome in ("met", "waived") for outcome in outcomes)
    assert (rolled == "not_met") == ("not_met" in outcomes)
