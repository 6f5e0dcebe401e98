import numpy as np
import pytest

from evaluations.statistics import (
    Counts,
    Kind,
    Outcome,
    Reason,
    Rule,
    Samples,
    Trend,
    against_any,
    against_earlier,
    against_every,
    against_rival,
    confirm_drift,
    confirmed,
    holm,
    plain,
    where_do_we_lose,
)


def paired(only_ours: int, only_theirs: int, both: int, neither: int = 0) -> tuple[Samples, Samples]:
    ours = [1.0] * only_ours + [0.0] * only_theirs + [1.0] * both + [0.0] * neither
    theirs = [0.0] * only_ours + [1.0] * only_theirs + [1.0] * both + [0.0] * neither
    return plain(ours), plain(theirs)


def renamed(samples: Samples, items: tuple[str, ...]) -> Samples:
    return Samples(items, samples.numerators, samples.denominators, samples.clusters, samples.kind)


def test_only_items_both_were_given_are_compared() -> None:
    ours = renamed(plain([1.0, 0.0, 1.0]), ("a", "b", "c"))
    theirs = renamed(plain([0.0, 0.0, 1.0]), ("c", "x", "b"))
    result = against_rival(ours, theirs, Rule())
    assert result.counts == Counts(both=0, only_a=1, only_b=1, neither=0)
    assert (result.n, result.missing) == (2, 0)


def test_the_four_counts_and_both_points_are_told() -> None:
    result = against_rival(*paired(61, 50, 894, 20), Rule())
    assert result.counts == Counts(894, 61, 50, 20)
    assert result.point_a == pytest.approx(955 / 1025)
    assert result.point_b == pytest.approx(944 / 1025)


def test_counts_speak_of_passes_when_lower_is_better() -> None:
    ours = plain([0.0, 0.0, 1.0], higher_is_better=False)
    theirs = plain([1.0, 0.0, 1.0], higher_is_better=False)
    assert against_rival(ours, theirs, Rule()).counts == Counts(both=1, only_a=1, only_b=0, neither=1)


def test_lower_is_better_is_ahead_with_a_negative_difference() -> None:
    def toxic(samples: Samples) -> Samples:
        return plain(1 - samples.numerators, higher_is_better=False)

    ours, theirs = paired(60, 20, 220)
    straight = against_rival(ours, theirs, Rule(margin=0.05))
    mirrored = against_rival(toxic(ours), toxic(theirs), Rule(margin=0.05))
    assert straight.point == pytest.approx(-(mirrored.point or 0))
    assert straight.outcome is mirrored.outcome
    assert straight.lean == mirrored.lean
    assert straight.needed_n == mirrored.needed_n


def test_a_negative_margin_asks_only_not_to_be_worse() -> None:
    runs = paired(30, 30, 940)
    assert against_rival(*runs, Rule(margin=-0.03)).outcome is Outcome.MET
    assert against_rival(*runs, Rule()).outcome is Outcome.INCONCLUSIVE
    assert against_rival(*runs, Rule(margin=0.03)).outcome is Outcome.NOT_MET


def test_practical_equality_needs_the_whole_range_inside() -> None:
    runs = paired(30, 30, 940)
    assert against_rival(*runs, Rule(equivalence=0.03)).outcome is Outcome.MET
    assert against_rival(*runs, Rule(equivalence=0.005)).outcome is Outcome.INCONCLUSIVE
    assert against_rival(*paired(200, 20, 780), Rule(equivalence=0.03)).outcome is Outcome.NOT_MET


def test_unlike_scores_are_not_comparable() -> None:
    result = against_rival(plain([1.0, 0.0]), plain([1.0, 0.5], kind=Kind.BOUNDED), Rule())
    assert (result.outcome, result.reason) == (Outcome.INCONCLUSIVE, Reason.NOT_COMPARABLE)


def test_nothing_shared_is_no_data() -> None:
    ours, theirs = renamed(plain([1.0]), ("a",)), renamed(plain([1.0]), ("b",))
    assert against_rival(ours, theirs, Rule()).outcome is Outcome.NO_DATA
    assert against_earlier(ours, theirs, Rule()).trend is Trend.UNKNOWN


def test_an_item_missing_on_either_side_is_missing() -> None:
    ours, theirs = paired(200, 20, 780)
    ours.numerators[0, 0] = np.nan
    theirs.numerators[1, 0] = np.nan
    result = against_rival(ours, theirs, Rule())
    assert (result.n, result.missing) == (998, 2)
    assert result.missing_share == pytest.approx(0.002)
    assert result.outcome is Outcome.MET


def test_a_lead_that_hangs_on_missing_pairs_is_inconclusive_for_errors() -> None:
    ours, theirs = paired(45, 22, 433)
    assert against_rival(ours, theirs, Rule()).outcome is Outcome.MET
    gaps = plain(np.r_[ours.numerators[:, 0], [np.nan] * 20])
    others = plain(np.r_[theirs.numerators[:, 0], [1.0] * 20])
    result = against_rival(gaps, others, Rule())
    assert (result.outcome, result.reason) == (Outcome.INCONCLUSIVE, Reason.ERRORS)


def test_clusters_of_one_side_are_enough() -> None:
    ours, theirs = paired(20, 5, 75)
    grouped = plain(ours.numerators, clusters=[str(row // 5) for row in range(100)])
    result = against_rival(grouped, theirs, Rule())
    mirrored = against_rival(theirs, grouped, Rule())
    assert (result.method, result.clusters) == ("paired-t/1", 20)
    assert result.se == pytest.approx(mirrored.se)


def test_the_same_ratio_difference_as_by_hand() -> None:
    words = np.array([10.0, 20.0, 30.0, 40.0])
    ours, theirs = np.array([1.0, 1.0, 2.0, 1.0]), np.array([2.0, 4.0, 3.0, 3.0])

    def wer(errors: np.ndarray) -> Samples:
        items = tuple("abcd")
        return Samples(items, errors[:, None], words[:, None], None, Kind.RATIO, higher_is_better=False)

    result = against_rival(wer(ours), wer(theirs), Rule())
    gaps = (ours - theirs) - (ours - theirs).sum() / 100 * words
    assert result.point == pytest.approx(-0.07)
    assert result.se == pytest.approx(np.sqrt(4 / 3 * (gaps**2).sum()) / 100)


OURS = np.repeat([1.0, 0.0], 200)


def rival(won: int, lost: int) -> Samples:
    theirs = OURS.copy()
    theirs[:won] = 0.0
    theirs[400 - lost :] = 1.0
    return plain(theirs)


def test_every_rival_is_met_only_when_each_is() -> None:
    clear = [rival(60, 10), rival(80, 10)]
    assert against_every(plain(OURS), clear, Rule()).outcome is Outcome.MET
    assert against_every(plain(OURS), [*clear, rival(20, 18)], Rule()).outcome is Outcome.INCONCLUSIVE
    assert against_every(plain(OURS), [*clear, rival(10, 60)], Rule()).outcome is Outcome.NOT_MET


def test_one_rival_alone_is_judged_as_that_rival() -> None:
    alone = against_rival(plain(OURS), rival(45, 30), Rule())
    for judge in (against_every, against_any):
        result = judge(plain(OURS), [rival(45, 30)], Rule())
        assert (result.outcome, result.point) == (alone.outcome, alone.point)
        assert result.interval is not None and alone.interval is not None
        assert (result.interval.low, result.interval.high) == (alone.interval.low, alone.interval.high)


def test_a_rival_without_data_keeps_every_open_unless_another_one_beats_us() -> None:
    absent = plain(np.full(400, np.nan))
    result = against_every(plain(OURS), [rival(60, 10), absent], Rule())
    assert (result.outcome, result.reason) == (Outcome.INCONCLUSIVE, Reason.ALL_ERRORED)
    assert against_every(plain(OURS), [rival(10, 60), absent], Rule()).outcome is Outcome.NOT_MET
    assert against_every(plain(OURS), [absent], Rule()).outcome is Outcome.NO_DATA
    assert against_any(plain(OURS), [rival(60, 10), absent], Rule()).outcome is Outcome.MET


def test_any_rival_is_corrected_for_the_number_of_rivals() -> None:
    close = rival(40, 23)
    assert against_rival(plain(OURS), close, Rule()).outcome is Outcome.MET
    others = [rival(20, 20)] * 9
    result = against_any(plain(OURS), [close, *others], Rule())
    assert result.outcome is Outcome.INCONCLUSIVE
    assert result.lines[0].outcome is Outcome.INCONCLUSIVE
    assert against_any(plain(OURS), [rival(10, 60)] * 3, Rule()).outcome is Outcome.NOT_MET


def test_every_and_any_mirror_when_lower_is_better() -> None:
    def errors(samples: Samples) -> Samples:
        return plain(1 - samples.numerators, higher_is_better=False)

    rivals = [rival(60, 25), rival(45, 30)]
    for judge in (against_every, against_any):
        straight = judge(plain(OURS), rivals, Rule(margin=0.01))
        mirrored = judge(errors(plain(OURS)), [errors(one) for one in rivals], Rule(margin=0.01))
        assert straight.outcome is mirrored.outcome
        assert straight.point == pytest.approx(-(mirrored.point or 0))
        assert straight.interval is not None and mirrored.interval is not None
        assert straight.interval.low == pytest.approx(-mirrored.interval.high)


def test_the_p_of_a_regression_is_where_its_interval_touches_the_tolerance() -> None:
    new, old = paired(10, 45, 445)
    result = against_earlier(new, old, Rule(tolerance=0.02))
    assert result.trend is Trend.REGRESSED
    assert result.p is not None and result.p < 0.05
    touching = against_earlier(new, old, Rule(tolerance=0.02, confidence=1 - result.p))
    assert touching.interval is not None
    assert touching.interval.high == pytest.approx(-0.02, abs=1e-7)


def test_the_p_of_a_regression_holds_for_means_and_constants_too() -> None:
    random = np.random.default_rng(5)
    old = plain(random.uniform(0.5, 0.9, 60), kind=Kind.BOUNDED)
    for drop in (np.full(60, 0.3), random.uniform(0.1, 0.4, 60)):
        new = plain(old.numerators[:, 0] - drop, kind=Kind.BOUNDED)
        p = against_earlier(new, old, Rule(tolerance=0.2)).p
        assert p is not None and 0 < p < 1
        touching = against_earlier(new, old, Rule(tolerance=0.2, confidence=1 - p))
        assert touching.interval is not None
        assert touching.interval.high == pytest.approx(-0.2, abs=1e-9)


def test_no_regression_has_a_p_of_one() -> None:
    assert against_earlier(*paired(45, 10, 445), Rule(tolerance=0.02)).p == 1.0


def test_a_small_proven_loss_within_tolerance_says_so() -> None:
    result = against_earlier(*paired(10, 40, 1950), Rule(tolerance=0.05))
    assert (result.trend, result.outcome) == (Trend.WITHIN_TOLERANCE, Outcome.MET)


def test_lower_is_better_improves_downwards() -> None:
    new = plain([0.0] * 100 + [1.0] * 10, higher_is_better=False)
    old = plain([1.0] * 60 + [0.0] * 40 + [1.0] * 10, higher_is_better=False)
    assert against_earlier(new, old, Rule()).trend is Trend.IMPROVED
    assert against_earlier(old, new, Rule()).trend is Trend.REGRESSED


def test_many_missing_pairs_leave_the_trend_unknown() -> None:
    new, old = paired(10, 100, 390)
    new.numerators[-60:] = np.nan
    result = against_earlier(new, old, Rule())
    assert (result.trend, result.reason) == (Trend.UNKNOWN, Reason.ERRORS)


def test_a_floating_version_flips_only_when_a_second_run_agrees() -> None:
    met = against_rival(*paired(60, 10, 100), Rule())
    worse = against_rival(*paired(10, 60, 100), Rule())
    pending = confirmed(Outcome.MET, worse)
    assert (pending.outcome, pending.reason) == (Outcome.INCONCLUSIVE, Reason.PENDING_CONFIRMATION)
    assert confirmed(Outcome.MET, worse, worse).outcome is Outcome.NOT_MET
    assert confirmed(Outcome.MET, worse, met).reason is Reason.PENDING_CONFIRMATION
    assert confirmed(None, worse) is worse
    assert confirmed(Outcome.MET, met) is met


def test_drift_is_confirmed_only_against_a_repeated_reference() -> None:
    random = np.random.default_rng(3)
    reference = plain((random.random((300, 3)) < 0.9).astype(float))
    later = plain((random.random((300, 1)) < 0.6).astype(float))
    assert confirm_drift(later, reference, Rule(), look=1).trend is Trend.REGRESSED
    once = plain(reference.numerators[:, :1])
    assert confirm_drift(later, once, Rule(), look=1).reason is Reason.ONE_EPOCH


def test_later_looks_at_drift_need_more() -> None:
    random = np.random.default_rng(4)
    reference = plain((random.random((200, 3)) < 0.9).astype(float))
    later = plain((random.random((200, 1)) < 0.85).astype(float))
    first, tenth = (confirm_drift(later, reference, Rule(), look) for look in (1, 10))
    assert first.interval is not None and tenth.interval is not None
    assert tenth.interval.high - tenth.interval.low > first.interval.high - first.interval.low


def test_slices_where_we_lose_come_first_and_are_corrected() -> None:
    ours, theirs = paired(50, 50, 400)
    rows = np.arange(500)
    slices = {"won": rows < 50, "lost": (rows >= 50) & (rows < 100), "same": rows >= 100, "few": rows < 4}
    lines = where_do_we_lose(ours, theirs, slices, Rule(min_n=10))
    assert lines[0].name == "lost"
    supported = {line.name: line.supported for line in lines}
    assert supported == {"lost": True, "won": True, "same": False, "few": False}
    tested = [line.adjusted_p for line in lines if line.adjusted_p is not None]
    assert len(tested) == 3 and max(tested) <= 1
    assert sum(holm(tested)) >= sum(tested)


def test_what_is_decided_against_a_set_is_told_by_the_rivals_it_rests_on() -> None:
    ours = plain([1.0] * 160 + [0.0] * 40)
    level = plain([1.0] * 150 + [0.0] * 50)
    unknown = plain([0.0] * 186 + [np.nan] * 14)
    met = against_any(ours, [level, unknown], Rule(margin=-0.05))
    alone = against_rival(ours, level, Rule())
    assert (met.outcome, met.point, met.n, met.missing) == (Outcome.MET, alone.point, 200, 0)
    assert met.interval is not None and alone.interval is not None
    assert met.interval.high == alone.interval.high
    assert [line.reason for line in met.lines] == [Reason.NONE, Reason.ERRORS]
    ahead = plain([1.0] * 200)
    lost = against_every(ours, [ahead, plain([1.0] * 186 + [np.nan] * 14)], Rule())
    assert (lost.outcome, lost.n) == (Outcome.NOT_MET, 200)
    assert lost.point == pytest.approx(-0.2)


def test_cases_from_one_source_still_tell_the_gap_and_the_lean() -> None:
    clusters = ["one"] * 20
    result = against_rival(plain([1.0] * 20, clusters=clusters), plain([0.0] * 20, clusters=clusters), Rule())
    assert (result.reason, result.point, result.interval, result.lean) == (
        Reason.ONE_CLUSTER,
        1.0,
        None,
        "yes",
    )


def test_a_weak_slice_stands_however_its_missing_items_are_read() -> None:
    ours, whole = plain([0.0] * 9 + [1.0] * 91), {"all": np.ones(100, dtype=np.bool_)}
    complete, lacking = (plain([1.0] * 9 + [0.0] + [1.0] * 86 + [last] * 4) for last in (1.0, np.nan))
    assert where_do_we_lose(ours, complete, whole, Rule())[0].supported
    found = where_do_we_lose(ours, lacking, whole, Rule(confidence=0.999))[0]
    assert found.result.reason in ("", "straddles")
    assert not found.supported
