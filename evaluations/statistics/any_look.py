"""Verdicts of a run that goes on until it is conclusive: the interval allows any number of looks."""

import math
from dataclasses import dataclass, replace

from evaluations.statistics.differences import Difference
from evaluations.statistics.estimate import Estimate
from evaluations.statistics.estimation import estimate
from evaluations.statistics.pairs import pair
from evaluations.statistics.results import Interval, Reason, Result
from evaluations.statistics.rivals import judge_lead
from evaluations.statistics.samples import Rule, Samples
from evaluations.statistics.sequences import mixture_scale, sequence_mean, sequence_rate
from evaluations.statistics.thresholds import judge


def against_threshold_at_any_look(samples: Samples, rule: Rule, planned_n: int, looks: int = 1) -> Result:
    """As against_threshold, by a confidence sequence; planned_n: items at which it is tightest."""

    def estimator(reading: Samples) -> Estimate:
        return _sequence(estimate(reading, rule.confidence), planned_n, rule.confidence)

    return replace(judge(samples, rule, estimator), looks=looks, mde=None)


def _sequence(fixed: Estimate, planned_n: int, confidence: float) -> Estimate:
    if fixed.point is None or fixed.reason not in (Reason.NONE, Reason.SMALL_N):
        return replace(fixed, interval=None)
    if fixed.method == "clopper-pearson/1":
        interval = sequence_rate(round(fixed.point * fixed.n), fixed.n, confidence)
        return replace(fixed, method="beta-binomial-sequence/1", interval=interval)
    if not fixed.se:
        return replace(fixed, interval=None, reason=fixed.reason or Reason.ZERO_VARIANCE)
    interval = sequence_mean(fixed.point, fixed.se * math.sqrt(fixed.n), fixed.n, planned_n, confidence)
    return replace(fixed, method="normal-mixture-sequence/1", interval=interval)


def against_rival_at_any_look(
    ours: Samples, theirs: Samples, rule: Rule, planned_n: int, looks: int = 1
) -> Result:
    """As against_rival without equality, by a confidence sequence over the paired differences."""
    pairing = pair(ours, theirs)
    sequenced = replace(
        pairing,
        scored=_watched(pairing.scored, pairing.n, planned_n),
        worst=_watched(pairing.worst, pairing.total, planned_n),
        best=_watched(pairing.best, pairing.total, planned_n),
        rare=None,
    )
    if pairing.scored is not None and sequenced.scored is None:
        sequenced = replace(sequenced, reason=pairing.reason or Reason.ZERO_VARIANCE)
    return replace(judge_lead(sequenced, rule), looks=looks, mde=None, p=None)


def _watched(difference: Difference | None, n: int, planned_n: int) -> Difference | None:
    if difference is None or not difference.se:
        return None
    return WatchedDifference(difference.point, difference.se, n, planned_n)


@dataclass(frozen=True)
class WatchedDifference:
    """A paired difference whose interval holds at every look."""

    point: float
    se: float
    n: int
    planned_n: int
    method: str = "normal-mixture-sequence/1"
    df: int | None = None

    def interval(self, confidence: float) -> Interval:
        deviation = self.se * math.sqrt(self.n)
        return sequence_mean(self.point, deviation, self.n, self.planned_n, confidence)

    def p_value(self, limit: float) -> float:
        """1 over the mixture martingale against limit, with the scale of the 95 % sequence; at most 1."""
        information = self.n * mixture_scale(self.planned_n) ** 2
        z = (self.point - limit) / self.se
        grown = z * z * information / (2 * (information + 1)) - math.log(information + 1) / 2
        return min(1.0, math.exp(-grown)) if grown < 700 else 0.0
