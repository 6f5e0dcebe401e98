"""Few unlike cases among many alike: their spread says little about what has not been seen yet.

Student's t takes the mean of such differences for known too soon: where 2 % of two hundred items are lost in truth, one run in twelve would
prove "worse by no more than 2 points". So a second reading must agree before such a mean decides anything.
"""

from dataclasses import dataclass

import numpy as np

from evaluations.statistics.differences import RateDifference
from evaluations.statistics.planning import required_n_rate
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Interval
from evaluations.statistics.samples import Floats
from evaluations.statistics.units import Units

ENOUGH_UNLIKE = 30
MOST_SHARE = 0.1
KNOWN_REACH = 5


@dataclass(frozen=True)
class RareDifference:
    """Tango's interval of "above or below what all others share", as far around the point as it lies around its own.

    counts: clusters above and below, of all; reach: how far one more of them may lie from the others, in the scorer's unit.
    """

    point: float
    counts: RateDifference
    reach: float
    method: str = "paired-t/1"
    se: float | None = None
    df: int | None = None

    def interval(self, confidence: float) -> Interval:
        around = self.counts.interval(confidence)
        down, up = self.counts.point - around.low, around.high - self.counts.point
        return Interval(self.point - down * self.reach, self.point + up * self.reach, confidence)

    def p_value(self, limit: float) -> float:
        return self.counts.p_value(self.counts.point + (limit - self.point) / self.reach)

    def needed(self, gap: float, confidence: float) -> int | None:
        """Clusters after which this reading would agree, if what was seen is true."""
        share = (self.counts.only_ours + self.counts.only_theirs) / self.counts.n
        return required_n_rate(share, min(share + abs(gap) / self.reach, 1.0), confidence)


def rare_difference(gaps: Floats, units: Units, point: float, width: float) -> RareDifference | None:
    """The second reading of the mean of these differences by item; None where enough clusters are unlike.

    Asked when 1 to 29 clusters, and at most a tenth of all, differ from what the others share. Fewer than 5 of them say nothing of how far
    an unseen one may lie, so it may lie as far as the score goes; from there on as far as the furthest seen.
    """
    sizes = np.bincount(units.codes, minlength=units.clusters)
    means = np.bincount(units.codes, weights=gaps, minlength=units.clusters) / sizes
    return rare_among(means, point, width)


def rare_among(means: Floats, point: float, width: float) -> RareDifference | None:
    """The same of the mean difference of each cluster; what all of them share may be left out of it."""
    clusters = len(means)
    away = means - np.median(means)
    above, below = int((away > SLACK * width).sum()), int((away < -SLACK * width).sum())
    unlike = above + below
    if not 1 <= unlike < ENOUGH_UNLIKE or unlike > MOST_SHARE * clusters:
        return None
    reach = width if unlike < KNOWN_REACH else float(np.abs(away).max())
    return RareDifference(point, RateDifference(above, below, clusters), reach)
