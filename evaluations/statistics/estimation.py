"""Which method estimates a run: decided by the kind of score and the reach of the claim."""

import numpy as np

from evaluations.statistics.bounded_means import estimate_bounded_mean
from evaluations.statistics.census import estimate_census
from evaluations.statistics.estimate import Estimate
from evaluations.statistics.means import estimate_mean
from evaluations.statistics.rates import estimate_rate
from evaluations.statistics.ratios import estimate_ratio, ratio_of_sums
from evaluations.statistics.resampling import estimate_figure, figure_on
from evaluations.statistics.results import Reason
from evaluations.statistics.samples import Kind, Reach, Samples
from evaluations.statistics.units import Units, collapse
from evaluations.statistics.watched import at_any_look


def estimate(samples: Samples, confidence: float = 0.95, reach: Reach = Reach.IN_GENERAL) -> Estimate:
    """Point and interval of one run over its scored items."""
    found = _at_one_look(samples, confidence, reach)
    return at_any_look(found, samples, confidence, reach) if samples.looks else found


def _at_one_look(samples: Samples, confidence: float, reach: Reach) -> Estimate:
    units = collapse(samples)
    if units.n == 0:
        reason = Reason.ALL_ERRORED if samples.items else Reason.NONE
        return Estimate("none/1", 0, 0, reason=reason)
    if samples.kind is Kind.SET:
        return estimate_figure(samples, units, confidence, reach)
    if reach == Reach.THESE_ITEMS:
        return estimate_census(samples, confidence)
    if units.declared and units.clusters < 2:
        return Estimate("none/1", units.n, 1, point_of(samples, units), reason=Reason.ONE_CLUSTER)
    if samples.kind is Kind.BINARY:
        return estimate_rate(units, confidence)
    if samples.kind is Kind.BOUNDED:
        return estimate_bounded_mean(units, samples.bounds, confidence)
    return (
        estimate_ratio(units, confidence) if samples.kind is Kind.RATIO else estimate_mean(units, confidence)
    )


def point_alone(samples: Samples) -> float | None:
    """What `estimate` says without its range, and without resampling; None where nothing is scored."""
    units = collapse(samples)
    return point_of(samples, units) if units.n else None


def point_of(samples: Samples, units: Units) -> float | None:
    """The estimate alone: ratio of sums for ratios, a figure over all samples, else the mean over items."""
    if samples.kind is Kind.SET:
        return figure_on(samples, np.any(samples.present, axis=1))
    return ratio_of_sums(units) if samples.kind is Kind.RATIO else float(units.values.mean())
