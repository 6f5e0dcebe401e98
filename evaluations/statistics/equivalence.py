"""Practical equality: two one-sided tests (Schuirmann 1987)."""

from dataclasses import dataclass

from evaluations.statistics.pairs import pair
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Interval
from evaluations.statistics.samples import Samples


@dataclass(frozen=True)
class Equivalence:
    """interval: at 1 − 2α; p: the larger of the two one-sided p-values."""

    point: float
    interval: Interval
    p: float
    equivalent: bool


def equivalence(ours: Samples, theirs: Samples, limit: float, alpha: float = 0.05) -> Equivalence | None:
    """Is ours minus theirs within ± limit, each side tested at α? None when nothing can be estimated.

    Reads scored pairs only; against_rival with rule.equivalence gives the verdict with all its rules,
    at α/2 a side, so that the interval it shows is the one that decides.
    """
    difference = pair(ours, theirs).scored
    if difference is None:
        return None
    interval = difference.interval(1 - 2 * alpha)
    sides = [difference.p_value(end) / 2 for end in (-limit, limit)]
    inside = abs(difference.point) < limit
    p = max(sides) if inside else 1 - max(sides)
    held = interval.low >= -limit - SLACK and interval.high <= limit + SLACK
    return Equivalence(difference.point, interval, p, held)
