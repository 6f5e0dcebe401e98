"""What must not matter does not: which way is better, the unit of a score, the side one stands on, the order things are named in."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.statistics import (
    Interval,
    Kind,
    Outcome,
    Reach,
    Result,
    Rule,
    Samples,
    Trend,
    against_any,
    against_earlier,
    against_every,
    against_rival,
    against_threshold,
    holm,
    plain,
    prediction_powered_mean,
    rank_intervals,
    where_do_we_lose,
)

ORDER = [Outcome.NOT_MET, Outcome.INCONCLUSIVE, Outcome.MET]
DECIDED = (Outcome.MET, Outcome.NOT_MET)
quickly = settings(max_examples=30, deadline=None, derandomize=True)


@st.composite
def several(draw: st.DrawFn, fewest: int = 2, most: int = 2) -> list[Samples]:
    """Runs on the same items, bounded by 0 and 1: with and without repeats, clusters and gaps; some with few differences."""
    n, repeats = draw(st.integers(2, 60)), draw(st.integers(1, 3))
    kind = draw(st.sampled_from([Kind.BINARY, Kind.BOUNDED]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    clusters = draw(st.sampled_from([None, 5, 40]))
    groups = None if clusters is None else [f"c{row % clusters}" for row in range(n)]
    ease, gaps = random.random(n), draw(st.sampled_from([0.0, 0.02]))
    unlike = draw(st.sampled_from([0.05, 1.0]))
    first: np.ndarray | None = None
    runs = []
    for _ in range(draw(st.integers(fewest, most))):
        values = np.clip(ease[:, None] + random.normal(0, 0.3, (n, repeats)), 0, 1)
        values = np.round(values) if kind is Kind.BINARY else np.round(values, 3)
        first = values if first is None else first
        values = np.where(random.random((n, 1)) < unlike, values, first)
        values = np.where(random.random((n, repeats)) < gaps, np.nan, values)
        runs.append(plain(values, kind=kind, clusters=groups))
    return runs


Runs = tuple[Samples, Samples]


def two() -> st.SearchStrategy[Runs]:
    return several().map(lambda runs: (runs[0], runs[1]))


def both(change: Callable[[Samples], Samples], runs: Runs) -> Runs:
    return change(runs[0]), change(runs[1])


def swapped(runs: Runs) -> Runs:
    return runs[1], runs[0]


def mirrored(run: Samples) -> Samples:
    return replace(run, numerators=1 - run.numerators, higher_is_better=False)


def scaled(run: Samples, low: float, width: float) -> Samples:
    return replace(run, kind=Kind.BOUNDED, numerators=low + width * run.numerators, bounds=(low, low + width))


def alike(found: Interval | None, low: float, high: float) -> bool:
    return found is not None and (found.low, found.high) == pytest.approx((low, high), abs=1e-7)


def told(result: Result) -> tuple[object, ...]:
    return (result.outcome, result.reason, result.trend, result.lean, result.n, result.needed_n)


@quickly
@given(several(1, 1), st.floats(0.02, 0.98), st.sampled_from(Reach))
def test_a_threshold_is_judged_alike_when_lower_is_better(
    runs: list[Samples], threshold: float, reach: Reach
) -> None:
    rule = Rule(threshold=threshold, reach=reach)
    straight = against_threshold(runs[0], rule)
    turned = against_threshold(mirrored(runs[0]), replace(rule, threshold=1 - threshold))
    assert (straight.outcome, straight.reason, straight.n) == (turned.outcome, turned.reason, turned.n)
    if straight.interval is None:
        assert turned.interval is None
    else:
        assert alike(turned.interval, 1 - straight.interval.high, 1 - straight.interval.low)


Asked = Callable[[Samples, Samples, Rule], Result]


@quickly
@pytest.mark.parametrize("asked", [against_rival, against_earlier])
@given(runs=two(), size=st.sampled_from([-0.1, -0.02, 0.0, 0.05]))
def test_a_difference_is_judged_alike_when_lower_is_better(asked: Asked, runs: Runs, size: float) -> None:
    rule = Rule(margin=size, tolerance=abs(size))
    straight, turned = asked(*runs, rule), asked(*both(mirrored, runs), rule)
    assert told(straight) == told(turned)
    if straight.interval is not None:
        assert alike(turned.interval, -straight.interval.high, -straight.interval.low)


@quickly
@given(two(), st.floats(-50, 50), st.floats(0.1, 100))
def test_the_unit_of_a_score_changes_its_numbers_and_no_verdict(runs: Runs, low: float, width: float) -> None:
    base = both(lambda run: scaled(run, 0.0, 1.0), runs)
    other = both(lambda run: scaled(run, low, width), runs)
    rule = Rule(threshold=0.61, margin=-0.03, tolerance=0.03)
    rescaled = Rule(threshold=low + 0.61 * width, margin=-0.03 * width, tolerance=0.03 * width)
    one, same = against_threshold(base[0], rule), against_threshold(other[0], rescaled)
    assert told(one) == told(same)
    if one.interval is not None:
        assert same.interval is not None
        ends = ((same.interval.low - low) / width, (same.interval.high - low) / width)
        assert alike(one.interval, *ends)
    for asked in (against_rival, against_earlier):
        assert told(asked(*base, rule)) == told(asked(*other, rescaled))


@quickly
@given(several(1, 1), st.floats(0.02, 0.98), st.floats(0, 0.3))
def test_a_higher_threshold_never_helps(runs: list[Samples], threshold: float, more: float) -> None:
    easy, hard = (against_threshold(runs[0], Rule(threshold=one)) for one in (threshold, threshold + more))
    if easy.outcome in ORDER:
        assert ORDER.index(hard.outcome) <= ORDER.index(easy.outcome)


@quickly
@given(two(), st.floats(-0.4, 0.4), st.floats(0, 0.3))
def test_a_higher_margin_never_helps(runs: Runs, margin: float, more: float) -> None:
    easy, hard = (against_rival(*runs, Rule(margin=one)) for one in (margin, margin + more))
    if easy.outcome in ORDER:
        assert ORDER.index(hard.outcome) <= ORDER.index(easy.outcome)


@quickly
@given(several(2, 4), st.sampled_from([-0.05, 0.0, 0.05]))
def test_who_is_surer_decides_less_and_never_otherwise(runs: list[Samples], margin: float) -> None:
    sure = Rule(threshold=0.5, margin=margin, tolerance=abs(margin), confidence=0.99)
    quick = replace(sure, confidence=0.9)
    ours, *rivals = runs
    questions: list[Callable[[Rule], Result]] = [
        lambda rule: against_threshold(ours, rule),
        lambda rule: against_rival(ours, rivals[0], rule),
        lambda rule: against_earlier(ours, rivals[0], rule),
        lambda rule: against_every(ours, rivals, rule),
        lambda rule: against_any(ours, rivals, rule),
    ]
    for ask in questions:
        surely = ask(sure).outcome
        assert surely not in DECIDED or ask(quick).outcome is surely


@quickly
@given(two())
def test_twice_the_items_of_the_same_scores_narrow_every_interval(runs: Runs) -> None:
    def twice(run: Samples) -> Samples:
        again = None if run.clusters is None else [f"{turn} {name}" for turn in "ab" for name in run.clusters]
        return plain(np.vstack([run.numerators, run.numerators]), kind=run.kind, clusters=again)

    rule = Rule(threshold=0.5)
    few = (against_threshold(runs[0], rule), against_rival(*runs, rule))
    many = (against_threshold(twice(runs[0]), rule), against_rival(*both(twice, runs), rule))
    for before, after in zip(few, many, strict=True):
        if before.interval is not None and after.interval is not None:
            wide, narrow = (one.high - one.low for one in (before.interval, after.interval))
            assert narrow <= wide + 1e-9


@quickly
@given(two())
def test_what_has_improved_had_been_worse(runs: Runs) -> None:
    there, back = against_earlier(*runs, Rule()), against_earlier(*swapped(runs), Rule())
    assert (there.trend is Trend.IMPROVED) == (back.trend is Trend.REGRESSED)
    assert (there.trend is Trend.REGRESSED) == (back.trend is Trend.IMPROVED)


@quickly
@given(two(), st.sampled_from([0.02, 0.1, 0.4]))
def test_equality_holds_both_ways(runs: Runs, limit: float) -> None:
    rule = Rule(equivalence=limit)
    assert told(against_rival(*runs, rule)) == told(against_rival(*swapped(runs), rule))


@quickly
@given(several(2, 5), st.integers(0, 1000))
def test_any_rival_is_the_mirror_of_every_rival(runs: list[Samples], seed: int) -> None:
    ours, *rivals = runs
    upside_down = [replace(run, numerators=1 - run.numerators) for run in runs]
    some = against_any(ours, rivals, Rule()).interval
    every = against_every(upside_down[0], upside_down[1:], Rule()).interval
    assert (some is None) == (every is None)
    if some is not None:
        assert alike(every, -some.high, -some.low)
    shuffled = [rivals[place] for place in np.random.default_rng(seed).permutation(len(rivals))]
    for asked in (against_any, against_every):
        assert told(asked(ours, rivals, Rule())) == told(asked(ours, shuffled, Rule()))


@quickly
@given(several(2, 5), st.integers(0, 1000))
def test_rank_intervals_say_what_the_tests_of_pairs_say(runs: list[Samples], seed: int) -> None:
    named = {f"m{place}": run for place, run in enumerate(runs)}
    ranking = rank_intervals(named)
    count = len(ranking.standings)
    for place, one in enumerate(ranking.standings, start=1):
        lost = [test for test in ranking.pairs if test.significant and one.name in (test.a, test.b)]
        better = sum((test.difference > 0) is (test.b == one.name) for test in lost)
        assert (one.best_rank, one.worst_rank) == (1 + better, count - (len(lost) - better))
        assert one.best_rank <= place <= one.worst_rank
    names = np.random.default_rng(seed).permutation(list(named)).tolist()
    again = rank_intervals({name: named[name] for name in names})
    assert {one.name: one for one in again.standings} == {one.name: one for one in ranking.standings}


@quickly
@given(several(3, 5))
def test_upside_down_the_last_rank_is_the_first(runs: list[Samples]) -> None:
    named = {f"m{place}": run for place, run in enumerate(runs)}
    turned = rank_intervals(
        {name: replace(run, numerators=1 - run.numerators) for name, run in named.items()}
    )
    ranks = {one.name: (one.best_rank, one.worst_rank) for one in turned.standings}
    count = len(ranks)
    for one in rank_intervals(named).standings:
        assert ranks[one.name] == (count + 1 - one.worst_rank, count + 1 - one.best_rank)


@quickly
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.data())
def test_stronger_evidence_for_one_claim_weakens_no_other(p: list[float], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(p) - 1))
    stronger = [*p]
    stronger[place] = data.draw(st.floats(0, p[place]))
    assert all(after <= before + 1e-12 for before, after in zip(holm(p), holm(stronger), strict=True))


@quickly
@given(two(), st.permutations(range(4)))
def test_slices_are_judged_alike_in_any_order(runs: Runs, order: list[int]) -> None:
    ours, theirs = runs
    rows = np.arange(len(ours.items)) % 4
    found, again = (
        {
            line.name: line
            for line in where_do_we_lose(ours, theirs, {f"s{n}": rows == n for n in names}, Rule())
        }
        for names in (range(4), order)
    )
    assert {name: (line.supported, told(line.result)) for name, line in found.items()} == {
        name: (line.supported, told(line.result)) for name, line in again.items()
    }


@quickly
@given(st.integers(2, 60), st.floats(-0.5, 0.5), st.integers(0, 1000))
def test_a_judge_that_is_always_as_lenient_is_corrected_wholly(n: int, shift: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    human, seen, unseen = random.random(n), random.random(n), random.random(200)
    plainly = prediction_powered_mean(human, seen, unseen)
    lenient = prediction_powered_mean(human, seen + shift, unseen + shift)
    assert plainly is not None and lenient is not None
    assert alike(lenient.interval, plainly.interval.low, plainly.interval.high)
