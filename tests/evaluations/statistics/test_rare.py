"""A mean of differences that lies in few items decides nothing that these few cannot carry."""

import numpy as np
import pytest
from scipy import stats

from evaluations.statistics import (
    Kind,
    Outcome,
    Reason,
    Rule,
    Samples,
    against_any,
    against_earlier,
    against_every,
    against_rival,
    plain,
    tango,
)
from evaluations.statistics.pairs import pair

MARGIN = -0.02


def marks(lost: int, n: int = 200, by: float = 1.0, width: float = 1.0) -> tuple[Samples, Samples]:
    """Full marks on both sides, but for the first items, where ours has less."""
    ours = np.full(n, width)
    ours[:lost] -= by * width
    bounds = (0.0, width)
    return plain(ours, kind=Kind.BOUNDED, bounds=bounds), plain(
        np.full(n, width), kind=Kind.BOUNDED, bounds=bounds
    )


def test_one_item_lost_of_two_hundred_proves_no_more_than_none_lost() -> None:
    limits = np.linspace(-0.1, 0.0, 101)
    none, one, two = (
        [against_rival(*marks(lost), Rule(margin=limit)).outcome is Outcome.MET for limit in limits]
        for lost in (0, 1, 2)
    )
    assert all(before or not after for before, after in zip(none, one, strict=True))
    assert all(before or not after for before, after in zip(one, two, strict=True))


@pytest.mark.parametrize(("n", "margin"), [(100, -0.05), (200, -0.02), (1000, -0.02), (400, -0.01)])
def test_not_much_worse_is_wrong_no_more_often_than_allowed(n: int, margin: float) -> None:
    chance = 0.0
    for lost in range(n // 5):
        if against_rival(*marks(lost, n), Rule(margin=margin)).outcome is Outcome.MET:
            chance += float(stats.binom.pmf(lost, n, -margin))
    assert 0 < chance <= 0.025


def test_what_was_shown_stays_and_more_cases_are_asked_for() -> None:
    result = against_rival(*marks(1), Rule(margin=MARGIN))
    assert (result.outcome, result.reason, result.method) == (
        Outcome.INCONCLUSIVE,
        Reason.SMALL_N,
        "paired-t/1",
    )
    assert result.interval is not None and result.interval.low > MARGIN
    assert result.lean == "yes" and result.needed_n is not None and result.needed_n > 200


def test_a_clear_loss_on_few_items_is_still_told() -> None:
    assert against_rival(*marks(15), Rule(margin=-0.01)).outcome is Outcome.NOT_MET
    assert against_earlier(*marks(15), Rule(tolerance=0.01)).outcome is Outcome.NOT_MET


def test_the_second_reading_of_right_or_wrong_is_tangos_interval() -> None:
    rare = pair(*marks(3)).rare
    assert rare is not None
    wanted, found = tango(0, 3, 200), rare.interval(0.95)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))


def test_small_differences_weigh_as_much_as_the_largest_seen_once_five_are_seen() -> None:
    four, five = pair(*marks(4, by=0.1)).rare, pair(*marks(5, by=0.1)).rare
    assert four is not None and five is not None
    assert four.reach == 1.0
    assert five.reach == pytest.approx(0.1)


def test_the_second_reading_is_in_the_scores_own_unit() -> None:
    plainly, scaled = pair(*marks(2)).rare, pair(*marks(2, width=10.0)).rare
    assert plainly is not None and scaled is not None
    assert scaled.interval(0.95).low == pytest.approx(10 * plainly.interval(0.95).low)
    assert scaled.p_value(-0.5) == pytest.approx(plainly.p_value(-0.05))


@pytest.mark.parametrize("lost", [0, 21, 100])
def test_where_none_or_many_differ_nothing_else_is_asked(lost: int) -> None:
    assert pair(*marks(lost)).rare is None


def test_thirty_unlike_clusters_are_enough() -> None:
    assert pair(*marks(29, 1000)).rare is not None
    assert pair(*marks(30, 1000)).rare is None


def test_clusters_are_counted_not_their_items() -> None:
    ours, theirs = marks(8)
    groups = tuple(str(row // 4) for row in range(200))
    grouped = [
        Samples(one.items, one.numerators, one.denominators, groups, one.kind) for one in (ours, theirs)
    ]
    rare = pair(*grouped).rare
    assert rare is not None and (rare.counts.only_theirs, rare.counts.n) == (2, 50)


def test_the_p_value_is_where_the_interval_lets_go() -> None:
    rare = pair(*marks(3)).rare
    assert rare is not None
    assert rare.p_value(rare.interval(0.95).low) == pytest.approx(0.05, abs=1e-6)
    assert rare.p_value(rare.interval(0.99).high) == pytest.approx(0.01, abs=1e-6)


def test_a_set_of_rivals_asks_for_it_too() -> None:
    ours, near = marks(1)
    far = plain(np.zeros(200), kind=Kind.BOUNDED)
    every = against_every(ours, [near, far], Rule(margin=MARGIN))
    assert (every.outcome, every.reason) == (Outcome.INCONCLUSIVE, Reason.SMALL_N)
    assert against_any(ours, [near, far], Rule(margin=MARGIN)).outcome is Outcome.MET
