"""Intervals of a rate, as fractions."""

import math

from scipy import special

from evaluations.statistics.quantiles import two_sided_normal
from evaluations.statistics.results import Interval


def clopper_pearson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Exact two-sided interval, α/2 a side (Clopper and Pearson 1934).

    successes and n may be fractional (beta quantiles); n = 0 gives 0 to 1.
    """
    if not (n >= 0 and -1e-9 <= successes <= n + 1e-9):
        raise ValueError("successes lie between 0 and n")
    successes = min(max(successes, 0.0), n)
    tail = (1.0 - confidence) / 2
    low = 0.0 if successes == 0 else float(special.betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes == n else float(special.betainccinv(successes + 1, n - successes, tail))
    return Interval(low, high, confidence)


def wilson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Wilson's score interval without continuity correction (Wilson 1927): to be drawn, never to decide."""
    if not (n > 0 and 0 <= successes <= n):
        raise ValueError("n is above 0 and successes lie between 0 and n")
    z = two_sided_normal(confidence)
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Interval(max(centre - half, 0.0), min(centre + half, 1.0), confidence)
