"""Against our own earlier version: improved, no worse, within tolerance, regressed, or unknown."""

from dataclasses import replace

from evaluations.statistics.differences import Difference, p_above, p_below
from evaluations.statistics.pairs import Pairing, pair
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Claim, Interval, Outcome, Result, Trend
from evaluations.statistics.rivals import described, read, unsettled
from evaluations.statistics.samples import Rule, Samples

OUTCOMES = {
    Trend.IMPROVED: Outcome.MET,
    Trend.NO_WORSE: Outcome.MET,
    Trend.WITHIN_TOLERANCE: Outcome.MET,
    Trend.REGRESSED: Outcome.NOT_MET,
    Trend.UNKNOWN: Outcome.INCONCLUSIVE,
}


def against_earlier(new: Samples, baseline: Samples, rule: Rule) -> Result:
    """The trend from baseline to new, with rule.tolerance τ ≥ 0 in the scorer's unit.

    improved: low > 0; regressed: high < 0 and low < −τ; within_tolerance: high < 0, low ≥ −τ;
    no_worse: low ≥ −τ; else unknown; mirrored when lower is better. The outcome answers "no worse than
    the tolerance": met, not_met when regressed. p is the one of regression_p. Point and interval are
    new minus baseline.
    """
    return judge_earlier(pair(new, baseline), rule)


def judge_earlier(pairing: Pairing, rule: Rule) -> Result:
    """The same from a pairing."""
    trends: list[Trend] = []

    def verdict(difference: Difference | None) -> Outcome:
        trends.append(trend_of(_gain(pairing, rule, difference), rule.tolerance))
        return OUTCOMES[trends[-1]]

    outcome, reason = read(pairing, rule, verdict)
    trend = _agreed(trends) if outcome in (Outcome.MET, Outcome.NOT_MET) else Trend.UNKNOWN
    result = replace(
        described(pairing, rule),
        outcome=outcome,
        reason=reason,
        claim=Claim.EARLIER,
        trend=trend,
        target=-rule.tolerance,
        p=_regression_p(pairing, rule.tolerance),
    )
    goal = -rule.tolerance if pairing.higher_is_better else rule.tolerance
    return result if outcome is not Outcome.INCONCLUSIVE else unsettled(pairing, rule, result, goal)


def trend_of(gain: Interval | None, tolerance: float) -> Trend:
    """Where the interval of new minus baseline lies; gain > 0 means better."""
    if gain is None:
        return Trend.UNKNOWN
    if gain.low > SLACK:
        return Trend.IMPROVED
    kept = gain.low >= -tolerance - SLACK
    if gain.high < -SLACK:
        return Trend.WITHIN_TOLERANCE if kept else Trend.REGRESSED
    return Trend.NO_WORSE if kept else Trend.UNKNOWN


def _agreed(trends: list[Trend]) -> Trend:
    """What all readings of missing items share; "no worse" is true of each trend that is met."""
    return trends[0] if len(set(trends)) == 1 else Trend.NO_WORSE


def _gain(pairing: Pairing, rule: Rule, difference: Difference | None) -> Interval | None:
    if difference is None:
        return None
    interval = difference.interval(rule.confidence)
    if pairing.higher_is_better:
        return interval
    return Interval(-interval.high, -interval.low, interval.confidence)


def _regression_p(pairing: Pairing, tolerance: float) -> float | None:
    if pairing.scored is None:
        return None
    if pairing.higher_is_better:
        return p_below(pairing.scored, -tolerance)
    return p_above(pairing.scored, tolerance)
