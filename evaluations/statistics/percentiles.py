"""Latency percentiles: the share of requests within a limit against the percentile."""

import math
from dataclasses import replace

import numpy as np
from scipy import special

from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Claim, Interval, Result
from evaluations.statistics.samples import Flags, Floats, Kind, Rule, Samples
from evaluations.statistics.thresholds import against_threshold


def within(samples: Samples, limit: float) -> Samples:
    """Binary samples of "value ≤ limit", NaN kept as missing; a time-out (+inf) is over any limit."""
    return _right_where(samples, _values(samples) <= limit + SLACK)


def on_side(samples: Samples, limit: float) -> Samples:
    """Binary samples of a value at the limit or better: within it where lower is better, at least it where higher is."""
    return (
        _right_where(samples, _values(samples) >= limit - SLACK)
        if samples.higher_is_better
        else within(samples, limit)
    )


def _values(samples: Samples) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        values: Floats = samples.numerators / samples.denominators
    return values


def _right_where(samples: Samples, right: Flags) -> Samples:
    passed = np.where(samples.present, right.astype(np.float64), np.nan)
    return replace(
        samples,
        numerators=passed,
        denominators=np.ones_like(passed),
        kind=Kind.BINARY,
        bounds=(0.0, 1.0),
        higher_is_better=True,
    )


def share_within(samples: Samples, limit: float, rule: Rule) -> Result:
    """The verdict on "at least rule.threshold (0.95 for p95) of requests take limit or less".

    limit in the unit of the values. Also shows the order-statistic interval of that percentile.
    """
    result = against_threshold(within(samples, limit), rule)
    percentile = rule.threshold if rule.threshold is not None else 0.0
    order = percentile_interval(_values(samples)[samples.present], percentile, rule.confidence)
    return replace(result, claim=Claim.SHARE, limit=limit, order=order)


def share_on_side(samples: Samples, limit: float, rule: Rule) -> Result:
    """The verdict on "at least rule.threshold of items are at the limit or better", by the direction of their scores."""
    if not samples.higher_is_better:
        return share_within(samples, limit, rule)
    result = against_threshold(on_side(samples, limit), rule)
    return replace(result, claim=Claim.SHARE, limit=limit, reaching=True)


def order_indices(n: int, percentile: float, confidence: float = 0.95) -> tuple[int, int]:
    """Positions, counted from 1, of the order statistics around a percentile; 0 or n + 1 lie outside."""
    tail = (1 - confidence) / 2
    return _binomial_quantile(tail, n, percentile), _binomial_quantile(1 - tail, n, percentile) + 1


def _binomial_quantile(probability: float, n: int, p: float) -> int:
    """The smallest count whose cumulative probability reaches it; `scipy.stats` gives the same but takes a second to import."""
    count: int = math.ceil(special.bdtrik(probability, n, p))
    below = max(count - 1, 0)
    return below if float(special.bdtr(below, n, p)) >= probability else count


def percentile_interval(values: Floats, percentile: float, confidence: float = 0.95) -> Interval | None:
    """Order-statistic interval of a percentile in the unit of the values; None when n is too small."""
    n = len(values)
    if n == 0 or not 0 < percentile < 1:
        return None
    low, high = order_indices(n, percentile, confidence)
    if low < 1 or high > n:
        return None
    ordered = np.sort(values)
    return Interval(float(ordered[low - 1]), float(ordered[high - 1]), confidence)
