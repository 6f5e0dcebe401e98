"""Looking again and again: run until it is decided, floating versions, models that may change in silence."""

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.shared.calibrated.trials import HALF, Draw, Promise, Reply, Trial, holds
from benchmarks.shared.calibrated.worlds import marks, spread_rates, tries, two_models
from evaluations.statistics import (
    Floats,
    Kind,
    Outcome,
    Result,
    Rule,
    Trend,
    against_rival_at_any_look,
    against_threshold,
    against_threshold_at_any_look,
    clopper_pearson,
    confirm_drift,
    confirmed,
    ewma,
    in_control,
    plain,
    sequence_rate,
)

Random = np.random.Generator
BATCH, LOOKS, WEEKS = 25, 40, 52


def looks() -> Iterator[Trial]:
    yield from _rates()
    yield from _means()
    yield from _floating()
    yield from _drift()


def _rates() -> Iterator[Trial]:
    for rate in (0.5, 0.9, 0.99):
        yield Trial(
            "beta-binomial-sequence",
            f"rate {rate:g}, {LOOKS} looks until decided",
            f"to {BATCH * LOOKS}",
            _until_decided(rate, by_sequence),
            nominal=2 * HALF,
            together=True,
            share=0.5,
        )


def _until_decided(rate: float, look: Callable[[int, int, float], Reply]) -> Draw:
    def draw(random: Random) -> Reply:
        right = np.cumsum(random.binomial(BATCH, rate, LOOKS)).tolist()
        replies = [look(found, BATCH * (turn + 1), rate) for turn, found in enumerate(right)]
        return first_decided(replies)

    return draw


def first_decided(replies: list[Reply]) -> Reply:
    """What was said when one stopped; covered only if every look was."""
    stopped = next((reply for reply in replies if reply.met or reply.not_met), Reply(0.0, 0.0))
    return Reply(stopped.met, stopped.not_met, all(reply.covered for reply in replies))


def by_sequence(right: int, n: int, rate: float) -> Reply:
    interval = sequence_rate(right, n)
    return Reply(float(interval.low >= rate), float(interval.high < rate), holds(interval, rate))


def by_exact(right: int, n: int, rate: float) -> Reply:
    """What must not be done: an interval made for one look, read at every look."""
    interval = clopper_pearson(right, n)
    return Reply(float(interval.low >= rate), float(interval.high < rate), holds(interval, rate))


def exact_until_decided(rate: float) -> Draw:
    return _until_decided(rate, by_exact)


def _means() -> Iterator[Trial]:
    def watched(random: Random) -> Reply:
        values = marks(random, 0.7, 500)
        rule = Rule(threshold=0.7)
        return first_decided(
            [
                said(against_threshold_at_any_look(plain(values[:n], kind=Kind.BOUNDED), rule, 250), 0.7)
                for n in range(BATCH, 501, BATCH)
            ]
        )

    def duel(random: Random) -> Reply:
        ours, theirs = two_models(random, 500, 0.2, 0.0)
        return first_decided(
            [
                said(against_rival_at_any_look(plain(ours[:n]), plain(theirs[:n]), Rule(), 250), 0.0)
                for n in range(BATCH, 501, BATCH)
            ]
        )

    settings = (("marks, mean 0.7, 20 looks", watched), ("a rival as good, 20 looks", duel))
    for setting, draw in settings:
        yield Trial(
            "normal-mixture-sequence",
            setting,
            "to 500",
            draw,
            Promise.LARGE_N,
            nominal=2 * HALF,
            together=True,
            share=0.1,
        )


def said(result: Result, truth: float) -> Reply:
    """Before there is any spread nothing is shown, which is no mistake."""
    shown = result.interval
    met, not_met = result.outcome is Outcome.MET, result.outcome is Outcome.NOT_MET
    return Reply(float(met), float(not_met), shown is None or holds(shown, truth))


def _floating() -> Iterator[Trial]:
    """A model on the border, judged on new cases every week. It stands as met; how often is it taken back within a year?"""
    yield Trial(
        "confirmation",
        f"{WEEKS} weekly runs, rate 0.9, a flip needs a second run",
        "200",
        lambda random: _year(random, confirm=True),
        nominal=WEEKS * HALF * HALF,
        share=0.5,
    )


def unconfirmed_year(random: Random) -> Reply:
    return _year(random, confirm=False)


def _year(random: Random, *, confirm: bool) -> Reply:
    for _ in range(WEEKS):
        first = _week(int(random.binomial(200, 0.9)))
        second = _week(int(random.binomial(200, 0.9))) if confirm else first
        if confirmed(Outcome.MET, first, second).outcome is Outcome.NOT_MET:
            return Reply(None, 1.0)
    return Reply(None, 0.0)


_WEEKS: dict[int, Result] = {}


def _week(right: int) -> Result:
    if right not in _WEEKS:
        scores = [1.0] * right + [0.0] * (200 - right)
        _WEEKS[right] = against_threshold(plain(scores), Rule(threshold=0.9))
    return _WEEKS[right]


def _drift() -> Iterator[Trial]:
    """Nothing changes for half a year; the same hundred items run each week, three times at first."""
    for each_week, setting in ((True, "26 weeks, every week confirmed"), (False, "26 weeks, after an alarm")):

        def draw(random: Random, always: bool = each_week) -> Reply:
            return _half_a_year(random, spread_rates(random, 0.85, 0.4, 100), always=always)

        yield Trial(
            "drift",
            setting,
            "100",
            draw,
            Promise.LARGE_N,
            nominal=2 * HALF,
            together=True,
            share=0.1,
        )


def _half_a_year(random: Random, rates: Floats, *, always: bool) -> Reply:
    control = in_control([float(tries(random, rates, 1).mean()) for _ in range(8)])
    assert control is not None
    reference, look, series = plain(tries(random, rates, 3)), 0, []
    for _ in range(26):
        run = tries(random, rates, 1)
        series.append(float(run.mean()))
        if not always and ewma(series, *control).first_alarm is None:
            continue
        series, look = [], look + 1
        again = run if always else tries(random, rates, 1)
        trend = confirm_drift(plain(again), reference, Rule(), look).trend
        if trend in (Trend.REGRESSED, Trend.IMPROVED):
            return Reply(float(trend is Trend.IMPROVED), float(trend is Trend.REGRESSED))
    return Reply(0.0, 0.0)
