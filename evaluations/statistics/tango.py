"""Difference of two paired rates: Tango's score interval and McNemar's exact test."""

import math
from functools import lru_cache

from scipy import special

from evaluations.statistics.quantiles import two_sided_normal
from evaluations.statistics.results import Interval

HALVINGS = 60


@lru_cache(maxsize=8192)
def tango(only_ours: int, only_theirs: int, n: int, confidence: float = 0.95) -> Interval:
    """Score interval of (only_ours − only_theirs) / n (Tango 1998), n ≥ 1 pairs."""
    if n < 1 or min(only_ours, only_theirs) < 0 or only_ours + only_theirs > n:
        raise ValueError("the unlike pairs are part of n ≥ 1 pairs")
    z = two_sided_normal(confidence)
    return Interval(
        low=_lower_end(only_ours, only_theirs, n, z),
        high=-_lower_end(only_theirs, only_ours, n, z),
        confidence=confidence,
    )


def _lower_end(b: int, c: int, n: int, z: float) -> float:
    """Smallest difference the score test keeps, by bisection: the score falls as the difference grows."""
    refused, kept = -1.0, (b - c) / n
    if c == n:
        return -1.0
    for _ in range(HALVINGS):
        middle = (refused + kept) / 2
        if tango_score(b, c, n, middle) > z:
            refused = middle
        else:
            kept = middle
    return kept


def tango_score(b: int, c: int, n: int, difference: float) -> float:
    """Score statistic for a true difference in [−1, 1]; positive when more was observed.

    The rate of c-pairs is the maximum-likelihood one under that difference: the larger root of
    2n·q² + (−b − c + (2n − b + c)Δ)·q − cΔ(1 − Δ) = 0.
    """
    gap = b - c - n * difference
    rate = _restricted_rate(b, c, n, difference)
    variance = n * (2 * rate + difference * (1 - difference))
    if variance <= 0:
        return 0.0 if gap == 0 else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def _restricted_rate(b: int, c: int, n: int, difference: float) -> float:
    linear = -b - c + (2 * n - b + c) * difference
    constant = -c * difference * (1 - difference)
    root = math.sqrt(max(linear * linear - 8 * n * constant, 0.0))
    if linear > 0:
        return -2 * constant / (linear + root)
    return (root - linear) / (4 * n)


def mcnemar_exact(only_ours: int, only_theirs: int) -> float:
    """Two-sided exact p of McNemar's test: twice the smaller binomial tail at one half, at most 1."""
    unlike = only_ours + only_theirs
    if unlike == 0:
        return 1.0
    return min(1.0, 2 * float(special.bdtr(min(only_ours, only_theirs), unlike, 0.5)))
