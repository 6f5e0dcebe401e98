"""Mean of a score without bounds, such as cost per request."""

import math

from evaluations.statistics.bounded_means import ENOUGH_CLUSTERS
from evaluations.statistics.estimate import Estimate
from evaluations.statistics.quantiles import SLACK, two_sided_student
from evaluations.statistics.results import Interval, Reason
from evaluations.statistics.units import Units, robust_error


def estimate_mean(units: Units, confidence: float) -> Estimate:
    """Mean ± t_{G−1}·SE (CR1); units.n ≥ 1. Below 30 clusters it is shown but decides nothing.

    Without any spread nothing is claimed either: no bound says how far off the next value may be.
    A time-out (+inf) has no mean: errors.
    """
    mean, groups = float(units.values.mean()), units.clusters
    if not math.isfinite(mean):
        return Estimate("t/1", units.n, groups, reason=Reason.ERRORS)
    if groups < 2:
        return Estimate("t/1", units.n, groups, mean, reason=Reason.SMALL_N)
    se = robust_error(units.values - mean, units.codes, groups)
    reason = Reason.SMALL_N if groups < ENOUGH_CLUSTERS else Reason.NONE
    if se <= SLACK * max(abs(mean), SLACK):
        return Estimate("t/1", units.n, groups, mean, reason=reason or Reason.ZERO_VARIANCE, se=0.0)
    half = two_sided_student(confidence, groups - 1) * se
    interval = Interval(mean - half, mean + half, confidence)
    return Estimate("t/1", units.n, groups, mean, interval, reason, se=se, df=groups - 1)
