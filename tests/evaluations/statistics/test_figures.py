"""Figures that are no mean: scikit-learn says what they are, scipy what their plausible range is."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from evaluations.statistics import (
    Figure,
    Kind,
    Labelled,
    Metric,
    Outcome,
    Reach,
    Reason,
    Rule,
    Samples,
    against_every,
    against_rival,
    against_threshold,
    estimate,
    rank_intervals,
    sentence,
)
from evaluations.statistics.figures import auroc, calibration_error, macro_f1, recall_at_precision
from evaluations.statistics.worked import answer

LABELS = ("a", "b", "c")


def labels_of(samples: Samples) -> Any:
    return samples.labelled


def seen(samples: Samples) -> Any:
    return estimate(samples)


def judged(samples: Samples, rule: Rule) -> Any:
    return against_threshold(samples, rule)


def compared(ours: Samples, theirs: Samples, rule: Rule) -> Any:
    return against_rival(ours, theirs, rule)


def labelled(
    truths, said, chances=None, *, figure=Figure.MACRO_F1, clusters=None, **settings_of_metric
) -> Samples:
    """One row per item, one column per repeat; a prediction of −2 is a sample without a score."""
    wanted = np.asarray(truths, dtype=np.int32).reshape(len(truths), -1)
    told = np.asarray(said, dtype=np.int32).reshape(len(truths), -1)
    wanted = np.broadcast_to(wanted, told.shape)
    probable = (
        np.full(told.shape, np.nan) if chances is None else np.asarray(chances, float).reshape(told.shape)
    )
    right = np.where(told == -2, np.nan, (wanted == told).astype(float))
    lower = figure is Figure.CALIBRATION_ERROR
    return Samples(
        items=tuple(str(row) for row in range(len(truths))),
        numerators=1 - right if lower else right,
        denominators=np.ones(told.shape),
        clusters=clusters,
        kind=Kind.SET,
        higher_is_better=not lower,
        labelled=Labelled(Metric(figure, positive="b", **settings_of_metric), LABELS, wanted, told, probable),
    )


def drawn(
    n: int, accuracy: float, seed: int = 0, *, figure=Figure.MACRO_F1, truth_seed: int = 99, **more
) -> Samples:
    random = np.random.default_rng(seed)
    truths = np.random.default_rng(truth_seed).integers(0, 3, n)
    said = np.where(random.random(n) < accuracy, truths, random.integers(0, 3, n))
    return labelled(truths, said, random.uniform(0.4, 1, n), figure=figure, **more)


samples_of = st.integers(5, 60).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 2), min_size=n, max_size=n),
        st.lists(st.integers(0, 2), min_size=n, max_size=n),
        st.lists(st.integers(0, 20).map(lambda tick: tick / 20), min_size=n, max_size=n),
        st.lists(st.integers(1, 4), min_size=n, max_size=n),
    )
)


@given(samples_of)
def test_macro_f1_is_that_of_scikit_learn_over_the_labels_wanted(drawn_samples):
    truths, said, _, weights = (np.array(part) for part in drawn_samples)
    found = macro_f1(truths, said, weights[None, :].astype(float))[0]
    labels = np.unique(truths)
    assert found == pytest.approx(
        sk.f1_score(truths, said, labels=labels, average="macro", sample_weight=weights, zero_division=0)
    )


@given(samples_of)
def test_auroc_and_recall_at_a_precision_are_those_of_scikit_learn(drawn_samples):
    truths, _, scores, weights = (np.array(part) for part in drawn_samples)
    positive = truths == 1
    if not positive.any() or positive.all():
        return
    ours = weights[None, :].astype(float)
    assert auroc(positive, scores, ours)[0] == pytest.approx(
        sk.roc_auc_score(positive, scores, sample_weight=weights)
    )
    precision, recall, _ = sk.precision_recall_curve(positive, scores, sample_weight=weights)
    assert recall_at_precision(positive, scores, 0.6, ours)[0] == pytest.approx(
        recall[precision >= 0.6 - 1e-12].max()
    )


@given(samples_of)
def test_calibration_error_is_the_weighted_gap_of_each_bin(drawn_samples):
    truths, said, chances, weights = (np.array(part) for part in drawn_samples)
    right, total = truths == said, 0.0
    for low in np.arange(10) / 10:
        inside = (chances > low + 1e-9) & (chances <= low + 0.1 + 1e-9) | ((low == 0) & (chances == 0))
        if inside.any():
            gap = np.average(right[inside], weights=weights[inside]) - np.average(
                chances[inside], weights=weights[inside]
            )
            total += weights[inside].sum() / weights.sum() * abs(gap)
    assert calibration_error(right, chances, 10, weights[None, :].astype(float))[0] == pytest.approx(total)


@given(samples_of, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_neither_the_order_of_cases_nor_the_names_of_labels_matter(drawn_samples, random):
    truths, said, chances, _ = (np.array(part) for part in drawn_samples)
    order = list(range(len(truths)))
    random.shuffle(order)
    renamed = np.array([2, 0, 1])
    first = seen(labelled(truths, said, chances)).point
    second = seen(labelled(renamed[truths][order], renamed[said][order], chances[order])).point
    assert first == pytest.approx(second)


@pytest.mark.parametrize("figure", [Figure.MACRO_F1, Figure.AUROC, Figure.RECALL_AT_PRECISION])
def test_the_range_is_the_bca_range_of_scipy(figure):
    samples = drawn(240, 0.75, figure=figure, precision=0.5, resamples=9_999)
    rows = labels_of(samples).flat(samples.present)

    def statistic(picked):
        return rows.figure(np.bincount(picked, minlength=240)[None, :].astype(float))[0]

    theirs = stats.bootstrap(
        (np.arange(240),),
        statistic,
        n_resamples=9_999,
        vectorized=False,
        method="BCa",
        rng=np.random.default_rng(5),
    ).confidence_interval
    ours = seen(samples).interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.012)


def test_the_same_seed_gives_the_same_verdict_and_another_seed_nearly():
    rule = Rule(threshold=0.7)
    first, again = (judged(drawn(300, 0.8), rule) for _ in range(2))
    other = judged(drawn(300, 0.8, seed=0), rule)
    reseeded = drawn(300, 0.8)
    reseeded = replace(
        reseeded, labelled=replace(labels_of(reseeded), metric=Metric(Figure.MACRO_F1, positive="b", seed=2))
    )
    assert first == again == other
    assert judged(reseeded, rule).interval != first.interval
    assert judged(reseeded, rule).interval.low == pytest.approx(first.interval.low, abs=0.02)
    assert (first.method, first.seed, first.resamples) == ("bootstrap-bca/1", 1, 2000)
    assert "bootstrap, seed 1, 2,000 resamples" in sentence(first)


def test_cases_from_one_source_are_drawn_together():
    copies, n = 5, 100
    one = drawn(n, 0.8)
    rows = np.repeat(np.arange(n), copies)
    many = labelled(
        labels_of(one).truths[rows, 0],
        labels_of(one).predictions[rows, 0],
        clusters=tuple(str(row) for row in rows),
    )
    alone, together = seen(one), seen(many)
    assert together.point == pytest.approx(alone.point)
    assert together.interval.low == pytest.approx(alone.interval.low)
    assert (together.n, together.clusters) == (n * copies, n)


def test_tries_of_a_case_count_as_one_case():
    once = drawn(120, 0.8)
    thrice = labelled(labels_of(once).truths[:, 0], np.repeat(labels_of(once).predictions, 3, axis=1))
    assert seen(thrice).interval.low == pytest.approx(seen(once).interval.low)
    assert (seen(thrice).n, seen(thrice).clusters) == (120, 120)


def test_a_clearly_better_model_is_ahead_and_pairs_share_their_draws():
    ours, theirs = drawn(400, 0.9, seed=1), drawn(400, 0.7, seed=2)
    result = compared(ours, theirs, Rule())
    assert result.outcome is Outcome.MET and result.p < 0.01
    assert result.point == pytest.approx(result.point_a - result.point_b)
    itself = compared(ours, ours, Rule())
    assert (itself.outcome, itself.reason) == (Outcome.INCONCLUSIVE, Reason.ZERO_VARIANCE)
    assert against_every(ours, [theirs, drawn(400, 0.6, seed=3)], Rule()).outcome is Outcome.MET
    ranking = rank_intervals({"ours": ours, "theirs": theirs})
    assert [one.name for one in ranking.standings] == ["ours", "theirs"] and ranking.pairs[0].significant


def test_p_is_the_confidence_at_which_the_range_still_leaves_the_limit_out():
    result = compared(drawn(400, 0.85, seed=1), drawn(400, 0.78, seed=2), Rule())
    at_p = compared(drawn(400, 0.85, seed=1), drawn(400, 0.78, seed=2), Rule(confidence=1 - result.p))
    assert at_p.interval.low == pytest.approx(0, abs=0.004)


@pytest.mark.parametrize(
    ("samples", "reason", "words"),
    [
        (labelled([0] * 90, [0] * 60 + [1] * 30), Reason.ONE_LABEL, "only one label is wanted"),
        (drawn(60, 0.8), Reason.FEW_OF_A_LABEL, "at least 30 cases"),
        (drawn(200, 0.8, figure=Figure.CALIBRATION_ERROR), Reason.SMALL_N, "200 cases are too few"),
        (drawn(150, 0.8, clusters=("one",) * 150), Reason.ONE_CLUSTER, "come from one source"),
    ],
)
def test_what_cannot_be_decided_is_said_in_words(samples, reason, words):
    result = judged(samples, Rule(threshold=0.1))
    assert (result.outcome, result.reason) == (Outcome.INCONCLUSIVE, reason)
    assert words in sentence(result) and "nan" not in sentence(result).lower()


def test_no_cases_are_no_data_and_a_census_is_refused():
    empty = drawn(120, 0.8).select(np.zeros(120, dtype=bool))
    assert judged(empty, Rule(threshold=0.5)).outcome is Outcome.NO_DATA
    told = judged(drawn(300, 0.8), Rule(threshold=0.5, reach=Reach.THESE_ITEMS))
    assert told.reason is Reason.NO_CENSUS and "cases like these" in sentence(told)


def test_too_few_cases_for_the_calibration_error_are_told_how_many_it_takes():
    assert judged(drawn(200, 0.8, figure=Figure.CALIBRATION_ERROR), Rule(threshold=0.5)).needed_n >= 300


def test_missing_cases_may_not_change_the_verdict():
    whole = drawn(300, 0.9)
    said = labels_of(whole).predictions[:, 0].copy()
    said[:12] = -2
    part = labelled(labels_of(whole).truths[:, 0], said)
    low = judged(part, Rule(threshold=0.5))
    point = seen(part)
    near = judged(part, Rule(threshold=point.interval.low - 0.001))
    assert low.outcome is Outcome.MET and low.missing == 12
    assert (near.outcome, near.reason) == (Outcome.INCONCLUSIVE, Reason.ERRORS)


def test_an_answer_that_cannot_be_read_is_as_wrong_as_can_be():
    truths, said = [1] * 40 + [0] * 40, [1] * 39 + [-1] + [0] * 40
    rows = labels_of(labelled(truths, said, [0.9] * 80, figure=Figure.AUROC)).flat(
        np.ones((80, 1), dtype=bool)
    )
    assert rows.scores[39] == 0.0 and rows.confidences[39] == 1.0 and not rows.right[39]
    assert rows.figure(np.ones((1, 80)))[0] == pytest.approx(39 / 40)


def test_a_figure_can_be_asked_by_name():
    wanted, said = ["a", "b", "c", "a"] * 30, ["a", "b", "a", "a"] * 30
    found = answer("bootstrap-bca/1", {"figure": "macro_f1", "wanted": wanted, "said": said, "seed": 3})
    assert found["point"] == pytest.approx(sk.f1_score(wanted, said, average="macro", zero_division=0))
    assert (found["seed"], found["resamples"]) == (3, 2000)
    gap = answer(
        "relative_figures", {"figure": "macro_f1", "wanted": wanted, "said": wanted, "their_said": said}
    )
    assert gap["point"] == pytest.approx(1 - found["point"]) and gap["verdict"] == "met"
