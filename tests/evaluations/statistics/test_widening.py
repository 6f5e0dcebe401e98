import numpy as np
import pytest

from evaluations.statistics import Counts, Interval, Kind, plain, shared_confidence, tango, widened
from evaluations.statistics.pairs import pair

RANDOM = np.random.default_rng(5)


def stored(ours, theirs):
    found = pair(ours, theirs)
    assert found.scored is not None
    return found, found.scored.interval(0.95), found.scored.method


def test_so_many_claims_share_what_may_be_wrong() -> None:
    assert shared_confidence(1) == pytest.approx(0.95)
    assert shared_confidence(10) == pytest.approx(0.995)
    assert shared_confidence(0) == pytest.approx(0.95)


def test_tangos_interval_is_worked_out_again_from_its_counts() -> None:
    found = widened(Interval(0.0, 0.1, 0.95), "tango/1", 0.999, clusters=40, counts=Counts(20, 9, 3, 8))
    assert found == tango(9, 3, 40, 0.999)


@pytest.mark.parametrize("clusters", [None, [f"g{row % 12}" for row in range(60)]])
def test_a_paired_t_is_widened_to_what_the_pair_itself_says(clusters) -> None:
    ours, theirs = (plain(RANDOM.random(60), kind=Kind.BOUNDED, clusters=clusters) for _ in "ab")
    found, interval, method = stored(ours, theirs)
    wide = widened(interval, method, 0.99, clusters=found.clusters)
    assert wide is not None and found.scored is not None
    said = found.scored.interval(0.99)
    assert [wide.low, wide.high] == pytest.approx([said.low, said.high])


def test_a_constant_difference_is_widened_to_what_the_pair_itself_says() -> None:
    scores = RANDOM.random(30) * 0.5
    ours, theirs = plain(scores + 0.25, kind=Kind.BOUNDED), plain(scores, kind=Kind.BOUNDED)
    found, interval, method = stored(ours, theirs)
    assert method == "paired-constant/1" and found.scored is not None
    wide, said = widened(interval, method, 0.99, clusters=30), found.scored.interval(0.99)
    assert wide is not None
    assert [wide.low, wide.high] == pytest.approx([said.low, said.high])


def test_what_is_confident_enough_stays_and_what_is_unknown_gives_nothing() -> None:
    interval = Interval(0.0, 0.1, 0.99)
    assert widened(interval, "paired-t/1", 0.95, clusters=9) is interval
    assert widened(interval, "none/1", 0.999, clusters=9) is None
    assert widened(interval, "paired-t/1", 0.999, clusters=1) is None
