"""A claim about these items only: nothing but the model's own noise from try to try."""

import math

import numpy as np

from evaluations.statistics.estimate import Estimate
from evaluations.statistics.proportions import clopper_pearson
from evaluations.statistics.quantiles import SLACK, two_sided_student
from evaluations.statistics.ratios import ratio_of_sums
from evaluations.statistics.results import Interval, Reason
from evaluations.statistics.samples import Floats, Kind, Samples
from evaluations.statistics.units import Units, collapse


def estimate_census(samples: Samples, confidence: float) -> Estimate:
    """Interval of the mean (or ratio) over exactly these items; at least one is scored.

    SE² = (1/I²)·Σ s_i²/K_i over the repeats of each item, t with Σ(K_i − 1) df, clipped to the
    bounds. One repeat everywhere: one_epoch. An item left with a single try takes the pooled s².
    No try differs from its neighbours: binary falls back to Clopper–Pearson on tries, which is
    conservative for items of unlike difficulty (Hoeffding 1956); other scores claim nothing.
    """
    units = collapse(samples)
    point = ratio_of_sums(units) if samples.kind is Kind.RATIO else float(units.values.mean())
    if point is None:
        return Estimate("census/1", units.n, units.clusters, reason=Reason.SMALL_N)
    se, df = _within_items(_linear(samples, units, point), samples)
    if df < 1:
        return Estimate("census/1", units.n, units.clusters, point, reason=Reason.ONE_EPOCH)
    if se < SLACK:
        return _without_spread(samples, units, point, confidence)
    half = two_sided_student(confidence, df) * se
    low, high = _range(samples)
    interval = Interval(max(point - half, low), min(point + half, high), confidence)
    return Estimate("census/1", units.n, units.clusters, point, interval, se=se, df=df)


def _linear(samples: Samples, units: Units, point: float) -> Floats:
    """Per try, the value whose mean over items is the estimate (to first order for a ratio)."""
    if samples.kind is not Kind.RATIO:
        return samples.numerators
    residuals = samples.numerators - point * samples.denominators
    linear: Floats = point + residuals / float(units.weights.mean())
    return linear


def _within_items(tries: Floats, samples: Samples) -> tuple[float, int]:
    present = samples.present
    counts = present.sum(axis=1)
    scored = counts > 0
    df = int((counts[scored] - 1).sum())
    if df < 1:
        return 0.0, df
    means = np.where(present, tries, 0.0).sum(axis=1) / np.maximum(counts, 1)
    squares = (np.where(present, tries - means[:, None], 0.0) ** 2).sum(axis=1)
    pooled = squares.sum() / df
    variances = np.where(counts > 1, squares / np.maximum(counts - 1, 1), pooled)
    total = float((variances[scored] / counts[scored]).sum())
    return math.sqrt(total) / int(scored.sum()), df


def _without_spread(samples: Samples, units: Units, point: float, confidence: float) -> Estimate:
    if samples.kind is not Kind.BINARY:
        return Estimate("census/1", units.n, units.clusters, point, reason=Reason.ZERO_VARIANCE, se=0.0)
    interval = clopper_pearson(point * units.tries, units.tries, confidence)
    return Estimate("census-tries/1", units.n, units.clusters, point, interval, se=0.0)


def _range(samples: Samples) -> tuple[float, float]:
    if samples.kind in (Kind.BINARY, Kind.BOUNDED):
        return samples.bounds
    return (0.0 if samples.kind is Kind.RATIO else -math.inf), math.inf
