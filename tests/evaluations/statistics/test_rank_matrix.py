"""Every pair at once says what `pair` says of each, whatever is missing, repeated or grouped."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.statistics import Kind, Samples, holm, plain, rank_intervals
from evaluations.statistics.pairs import pair, same_items
from evaluations.statistics.rank_matrix import all_tests, couples

KINDS = tuple(kind for kind in Kind if kind is not Kind.SET)  # these are paired one by one


@st.composite
def runs_of_one_evaluation(draw: st.DrawFn) -> list[Samples]:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind, items, repeats = draw(st.sampled_from(KINDS)), draw(st.integers(1, 60)), draw(st.integers(1, 3))
    clusters = draw(st.sampled_from([None, 1, 2, 12]))
    count = draw(st.integers(2, 5))
    groups = None if clusters is None else [f"g{random.integers(clusters)}" for _ in range(items)]
    ease = random.random(items)
    runs = []
    for _ in range(count):
        chance = np.clip(ease + random.normal(0, 0.3), 0, 1)[:, None].repeat(repeats, axis=1)
        scores = {
            Kind.BINARY: (random.random((items, repeats)) < chance).astype(float),
            Kind.BOUNDED: np.round(chance, draw(st.integers(0, 2))),
            Kind.UNBOUNDED: np.round(chance * 40 + random.random((items, repeats))),
            Kind.RATIO: random.integers(0, 5, (items, repeats)).astype(float),
        }[kind]
        scores[random.random((items, repeats)) < draw(st.sampled_from([0.0, 0.02, 0.3]))] = np.nan
        one = plain(
            scores, kind=kind, clusters=groups, higher_is_better=draw(st.just(kind is not Kind.RATIO))
        )
        if kind is Kind.RATIO:
            one = replace(one, denominators=random.integers(0, 9, (items, repeats)).astype(float))
        runs.append(one)
    return runs


@given(runs_of_one_evaluation())
@settings(max_examples=150, deadline=None)
def test_the_matrix_says_of_each_pair_what_the_pair_says(runs: list[Samples]) -> None:
    keep = np.logical_and.reduce([run.present.any(axis=1) for run in runs])
    if not keep.any():
        return
    common = same_items(runs)
    found = all_tests(runs, keep)
    for (a, b), gap, p in zip(couples(len(runs)), found.gaps, found.p, strict=True):
        single = pair(common[a], common[b])
        if single.scored is not None:
            assert gap == pytest.approx(single.scored.point, abs=1e-9)
        assert p == pytest.approx(1.0 if single.p is None else single.p, rel=1e-6, abs=1e-12)


@given(runs_of_one_evaluation())
@settings(max_examples=100, deadline=None)
def test_a_sure_difference_stands_in_all_three_readings(runs: list[Samples]) -> None:
    keep = np.logical_and.reduce([run.present.any(axis=1) for run in runs])
    if not keep.any():
        return
    plainly, surely = all_tests(runs, keep), all_tests(runs, keep, sure=True)
    assert (surely.p >= plainly.p - 1e-12).all()
    for (a, b), p in zip(couples(len(runs)), surely.p, strict=True):
        said = pair(runs[a], runs[b])
        if p < 0.01 and said.p is not None:
            signs = {np.sign(one.point) for one in said.readings if one is not None}
            assert len(signs) == 1


def test_missing_tries_that_could_turn_a_difference_leave_the_models_level() -> None:
    ours = np.array([1.0] * 40 + [0.0] * 60)
    theirs = np.array([1.0] * 33 + [0.0] * 67)
    theirs[95:] = np.nan
    runs = {"ours": plain(ours), "theirs": plain(theirs)}
    assert rank_intervals(runs).best_group == ("ours",)
    assert rank_intervals(runs, sure=True).best_group == ("ours", "theirs")


def test_few_sources_of_an_unbounded_score_decide_nothing() -> None:
    costs = {name: plain(np.arange(20.0) + add, kind=Kind.UNBOUNDED) for name, add in (("a", 0), ("b", 50))}
    costs["b"].numerators[0] += 1
    assert rank_intervals(costs, sure=True).best_group == ("b", "a")
    assert rank_intervals(costs).best_group == ("b",)


def test_a_lead_in_few_cases_of_many_is_ranked_by_the_second_reading_of_a_comparison() -> None:
    theirs = np.full(400, 0.5)
    ours = theirs.copy()
    ours[:8] += np.linspace(0.1, 0.4, 8)
    groups = [f"g{place // 2}" for place in range(400)]
    for clusters in (None, groups):
        runs = {
            name: plain(scores, kind=Kind.BOUNDED, clusters=clusters)
            for name, scores in {"ours": ours, "theirs": theirs}.items()
        }
        said = pair(runs["ours"], runs["theirs"])
        assert said.rare is not None
        surely = rank_intervals(runs, sure=True)
        assert surely.pairs[0].p == pytest.approx(max(said.p or 0, said.rare.p_value(0.0)), rel=1e-9)
    ours[:4] -= np.linspace(0.1, 0.2, 4)
    alone = {"ours": plain(ours, kind=Kind.BOUNDED), "theirs": plain(theirs, kind=Kind.BOUNDED)}
    assert rank_intervals(alone).best_group == ("ours",)
    assert rank_intervals(alone, sure=True).best_group == ("ours", "theirs")


def test_runs_that_list_their_items_in_another_order_are_ranked_alike() -> None:
    random = np.random.default_rng(3)
    a, b = (plain((random.random(200) < rate).astype(float)) for rate in (0.9, 0.6))
    turned = b.select(np.arange(200)[::-1])
    straight, other = rank_intervals({"a": a, "b": b}), rank_intervals({"a": a, "b": turned})
    assert straight == other
    assert straight.pairs[0].adjusted_p == holm([straight.pairs[0].p])[0]
