"""A paired difference, in the three shapes it can take; each knows its interval and its p-values.

All differences are ours minus theirs in the scorer's unit. p_value(limit) is 1 minus the largest
confidence at which the interval still leaves limit out.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from scipy import special

from evaluations.statistics.quantiles import constant_width, two_sided_student
from evaluations.statistics.results import Interval
from evaluations.statistics.tango import tango, tango_score


class Difference(Protocol):
    @property
    def method(self) -> str: ...
    @property
    def point(self) -> float: ...
    @property
    def se(self) -> float | None: ...
    @property
    def df(self) -> int | None: ...
    def interval(self, confidence: float) -> Interval: ...
    def p_value(self, limit: float) -> float: ...


@dataclass(frozen=True)
class RateDifference:
    """Binary, one try, no clusters: Tango's score interval over n ≥ 1 pairs."""

    only_ours: int
    only_theirs: int
    n: int
    method: str = "tango/1"
    df: int | None = None

    @property
    def point(self) -> float:
        return (self.only_ours - self.only_theirs) / self.n

    @property
    def se(self) -> float | None:
        """CR1 standard error of the mean difference; None for a single pair."""
        if self.n < 2:
            return None
        unlike = self.only_ours + self.only_theirs
        squares = unlike - (self.only_ours - self.only_theirs) ** 2 / self.n
        return math.sqrt(squares / (self.n * (self.n - 1)))

    def interval(self, confidence: float) -> Interval:
        return tango(self.only_ours, self.only_theirs, self.n, confidence)

    def p_value(self, limit: float) -> float:
        held = min(max(limit, -1.0), 1.0)
        score = tango_score(self.only_ours, self.only_theirs, self.n, held)
        return 2 * float(special.ndtr(-abs(score)))


@dataclass(frozen=True)
class MeanDifference:
    """Mean with a CR1 standard error above 0 and t with G − 1 degrees of freedom."""

    point: float
    se: float
    df: int
    method: str = "paired-t/1"

    def interval(self, confidence: float) -> Interval:
        half = two_sided_student(confidence, self.df) * self.se
        return Interval(self.point - half, self.point + half, confidence)

    def p_value(self, limit: float) -> float:
        return 2 * float(special.stdtr(self.df, -abs(self.point - limit) / self.se))


@dataclass(frozen=True)
class ConstantDifference:
    """The same difference on every item: (c(1−u) − u, c(1−u) + u), u = 1 − (α/2)^(1/G).

    width: range of the score, by which the unit interval is stretched.
    """

    point: float
    clusters: int
    width: float = 1.0
    method: str = "paired-constant/1"
    se: float | None = None
    df: int | None = None

    def interval(self, confidence: float) -> Interval:
        u = constant_width(confidence, self.clusters)
        middle = self.point * (1 - u)
        return Interval(middle - u * self.width, middle + u * self.width, confidence)

    def p_value(self, limit: float) -> float:
        room = self.width - self.point if limit > self.point else self.width + self.point
        gap = abs(limit - self.point)
        if gap >= room:
            return 1.0 if gap == 0 else 0.0
        return min(1.0, 2 * (1 - gap / room) ** self.clusters)


def p_below(difference: Difference, limit: float) -> float:
    """p of the claim "the difference is below limit"; 1 when the point is not."""
    return difference.p_value(limit) if difference.point < limit else 1.0


def p_above(difference: Difference, limit: float) -> float:
    """p of the claim "the difference is above limit"; 1 when the point is not."""
    return difference.p_value(limit) if difference.point > limit else 1.0
