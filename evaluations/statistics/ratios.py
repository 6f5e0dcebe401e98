"""Ratio of sums, such as word error rate: never the mean of per-item ratios."""

import math

from evaluations.statistics.estimate import Estimate
from evaluations.statistics.proportions import clopper_pearson
from evaluations.statistics.quantiles import SLACK, two_sided_student
from evaluations.statistics.results import Interval, Reason
from evaluations.statistics.units import Units, robust_error

NO_ERRORS = "clopper-pearson-clusters/1"


def ratio_of_sums(units: Units) -> float | None:
    """R = Σe/Σw; None when the denominators add up to nothing."""
    total = float(units.weights.sum())
    return float(units.values.sum()) / total if total > 0 else None


def estimate_ratio(units: Units, confidence: float) -> Estimate:
    """Interval of Σe/Σw; units.n ≥ 1.

    u_g = Σ_{i∈g}(e_i − R·w_i), SE = √(G/(G−1)·Σu_g²)/Σw, t with G−1 df, low end clipped at 0.
    No errors at all: Clopper–Pearson of 0 in G, which speaks of clusters with an error.
    """
    ratio, groups = ratio_of_sums(units), units.clusters
    if ratio is None:
        return Estimate("ratio/1", units.n, groups, reason=Reason.SMALL_N)
    if not units.values.any():
        interval = clopper_pearson(0, groups, confidence)
        return Estimate(NO_ERRORS, units.n, groups, 0.0, interval)
    if groups < 2:
        return Estimate("ratio/1", units.n, groups, ratio, reason=Reason.SMALL_N)
    se = ratio_error(units, ratio)
    if se < SLACK:
        return Estimate("ratio/1", units.n, groups, ratio, reason=Reason.ZERO_VARIANCE, se=se)
    half = two_sided_student(confidence, groups - 1) * se
    interval = Interval(max(ratio - half, 0.0), ratio + half, confidence)
    return Estimate("ratio/1", units.n, groups, ratio, interval, se=se, df=groups - 1)


def ratio_error(units: Units, ratio: float) -> float:
    residuals = units.values - ratio * units.weights
    error = robust_error(residuals, units.codes, units.clusters) * units.n / float(units.weights.sum())
    return error if math.isfinite(error) else 0.0
