import numpy as np
import pytest

from evaluations.statistics import (
    Outcome,
    Rule,
    Samples,
    against_each,
    against_rival,
    holm,
    plain,
    tango,
    where_do_we_lose,
    where_do_we_lose_to_each,
)


def rival_of(ours: Samples, wins: int, losses: int) -> Samples:
    """A rival that differs from ours on this many items: first where ours wins, then where it loses."""
    theirs = ours.numerators[:, 0].copy()
    right, wrong = np.flatnonzero(theirs == 1)[:wins], np.flatnonzero(theirs == 0)[:losses]
    theirs[right], theirs[wrong] = 0.0, 1.0
    return plain(theirs)


@pytest.fixture
def ours() -> Samples:
    return plain([1.0] * 150 + [0.0] * 50)


def test_one_rival_is_told_as_it_is_by_itself(ours: Samples) -> None:
    rival = rival_of(ours, 30, 10)
    (each,) = against_each(ours, [rival], Rule())
    alone = against_rival(ours, rival, Rule())
    assert each.result == alone
    assert each.corrected == alone.interval
    assert each.supported and alone.outcome is Outcome.MET


def test_a_difference_that_stands_alone_may_fall_among_many(ours: Samples) -> None:
    close = rival_of(ours, 22, 9)
    same = [rival_of(ours, 10, 10) for _ in range(6)]
    alone = against_each(ours, [close], Rule())[0]
    among = against_each(ours, [close, *same], Rule())[0]
    assert alone.supported and not among.supported
    assert among.result == alone.result
    assert among.adjusted_p == pytest.approx(7 * alone.adjusted_p)


def test_p_values_are_those_of_the_deciding_interval_after_holm(ours: Samples) -> None:
    rivals = [rival_of(ours, 40, 10), rival_of(ours, 25, 10), rival_of(ours, 12, 10)]
    raw = [against_each(ours, [rival], Rule())[0].adjusted_p for rival in rivals]
    together = [each.adjusted_p for each in against_each(ours, rivals, Rule())]
    assert together == pytest.approx(holm([raw[0], raw[1], 1.0]))


def test_the_corrected_range_is_that_at_the_shared_level(ours: Samples) -> None:
    rivals = [rival_of(ours, 40, 10), rival_of(ours, 20, 10)]
    each = against_each(ours, rivals, Rule())[0]
    assert each.corrected == tango(40, 10, 200, 0.975)


def test_a_rival_with_too_much_missing_is_never_supported_and_counts(ours: Samples) -> None:
    gone = rival_of(ours, 60, 0).numerators[:, 0].copy()
    gone[:40] = np.nan
    strong = rival_of(ours, 26, 10)
    missing, beside = against_each(ours, [plain(gone), strong], Rule())
    assert not missing.supported and missing.adjusted_p == 1.0
    assert beside.adjusted_p == pytest.approx(2 * against_each(ours, [strong], Rule())[0].adjusted_p)


def test_lower_is_better_is_supported_both_ways() -> None:
    few = plain([0.0] * 90 + [1.0] * 10, higher_is_better=False)
    many = plain([0.0] * 60 + [1.0] * 40, higher_is_better=False)
    assert against_each(few, [many], Rule())[0].supported
    assert against_each(many, [few], Rule())[0].supported


def test_slices_against_each_are_corrected_as_one_family(ours: Samples) -> None:
    slices = {"front": np.arange(200) < 100, "back": np.arange(200) >= 100}
    rivals = [rival_of(ours, 3, 14), rival_of(ours, 3, 3)]
    rows = where_do_we_lose_to_each(ours, rivals, slices, Rule(min_n=10))
    single = {line.name: line for line in where_do_we_lose(ours, rivals[0], slices, Rule(min_n=10))}
    together = {row[0].name: row[0] for row in rows}
    assert [row[0].name for row in rows] == ["back", "front"]
    assert all(len(row) == 2 for row in rows)
    assert together["back"].result == single["back"].result
    assert (together["back"].adjusted_p or 0) >= (single["back"].adjusted_p or 0)
