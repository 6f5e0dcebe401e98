"""Ranges that hold at every look, for a run that stops once it is settled: what one run says, and what two say of each other."""

import math
from dataclasses import dataclass, replace

from evaluations.statistics.bounded_means import ENOUGH_CLUSTERS
from evaluations.statistics.differences import Difference, RateDifference
from evaluations.statistics.estimate import Estimate
from evaluations.statistics.ratios import NO_ERRORS
from evaluations.statistics.results import Interval, Reason
from evaluations.statistics.samples import Kind, Reach, Samples
from evaluations.statistics.sequences import mixture_scale, sequence_mean, sequence_rate

# Below this many pairs that differ the normal mixture promises more than it keeps.
FEW_DIFFER = 30
HALVINGS = 40


def at_any_look(fixed: Estimate, samples: Samples, confidence: float, reach: Reach) -> Estimate:
    """The same estimate with a range that holds at every look; tightest when all of the items were asked.

    Where there is no such range the estimate stands once every item was asked: it never made the run stop. Means need 30 clusters.
    A ratio without any error has none, since errors per word have no upper bound; having no errors at the end means none at any look.
    """
    if samples.kind is Kind.SET or reach == Reach.THESE_ITEMS or fixed.method == NO_ERRORS:
        whole = fixed.reason or bool(samples.wanted.all())
        return fixed if whole else replace(fixed, interval=None, reason=Reason.NOT_ALL_ASKED)
    found = sequenced(fixed, samples, len(samples.items), confidence)
    few = found.method == "normal-mixture-sequence/1" and found.clusters < ENOUGH_CLUSTERS
    return replace(found, reason=found.reason or Reason.SMALL_N) if few else found


def sequenced(fixed: Estimate, samples: Samples, planned_n: int, confidence: float) -> Estimate:
    """planned_n: items at which the range of a mean is tightest."""
    if fixed.point is None or fixed.reason not in (Reason.NONE, Reason.SMALL_N):
        return replace(fixed, interval=None)
    if fixed.method == "clopper-pearson/1":
        interval = sequence_rate(round(fixed.point * fixed.n), fixed.n, confidence)
        return replace(fixed, method="beta-binomial-sequence/1", interval=interval)
    if fixed.se:
        interval = sequence_mean(fixed.point, fixed.se * math.sqrt(fixed.n), fixed.n, planned_n, confidence)
        return replace(fixed, method="normal-mixture-sequence/1", interval=interval)
    if samples.kind in (Kind.BINARY, Kind.BOUNDED):
        return _around_constant(fixed, fixed.point, samples.bounds, confidence)
    return replace(fixed, interval=None, reason=fixed.reason or Reason.ZERO_VARIANCE)


def _around_constant(
    fixed: Estimate, point: float, bounds: tuple[float, float], confidence: float
) -> Estimate:
    """Every cluster gave the same value c: the share that does has a sequence, and the rest may lie anywhere within the bounds."""
    rest = 1 - sequence_rate(fixed.clusters, fixed.clusters, confidence).low
    low, high = ((1 - rest) * point + rest * bound for bound in bounds)
    return replace(fixed, method="constant-sequence/1", interval=Interval(low, high, confidence))


def watched(difference: Difference | None, n: int, planned_n: int) -> Difference | None:
    """A paired difference over n pairs as one that holds at every look; None where there is no such range."""
    if isinstance(difference, RateDifference):
        ours, theirs = difference.only_ours, difference.only_theirs
        if ours + theirs < FEW_DIFFER:
            return WatchedRates(ours, theirs, difference.n)
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


@dataclass(frozen=True)
class WatchedRates(RateDifference):
    """Pairs of right and wrong of which few differ: the two rates of those that do, each by its own sequence at half of α."""

    method: str = "beta-binomial-pairs-sequence/1"

    def interval(self, confidence: float) -> Interval:
        split = 1 - (1 - confidence) / 2
        ours, theirs = (sequence_rate(one, self.n, split) for one in (self.only_ours, self.only_theirs))
        return Interval(ours.low - theirs.high, ours.high - theirs.low, confidence)

    def p_value(self, limit: float) -> float:
        """1 minus the largest confidence at which the interval leaves limit out."""
        out, kept = 1.0, 0.0
        for _ in range(HALVINGS):
            middle = (out + kept) / 2
            interval = self.interval(1 - middle)
            out, kept = (out, middle) if interval.low <= limit <= interval.high else (middle, kept)
        return out
