"""A sum of estimates, such as a judge's opinions and what people correct them by: its range from the ranges of the parts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Interval
from evaluations.statistics.samples import Floats

HALVINGS = 50


@dataclass(frozen=True, eq=False)
class Part:
    """One summand. interval: its range at a confidence, holding the point. se: of the point. df: of its spread, None where it has none.

    pulls: by source (cluster, else item), what it adds to the point's error; the sum of their squares is near SE².
    """

    point: float
    interval: Callable[[float], Interval]
    se: float
    df: int | None = None
    pulls: Mapping[str, float] = field(default_factory=dict)

    def turned(self) -> "Part":
        """The same, taken away instead of added."""

        def mirrored(confidence: float) -> Interval:
            ends = self.interval(confidence)
            return Interval(-ends.high, -ends.low, confidence)

        pulls = {name: -pull for name, pull in self.pulls.items()}
        return Part(-self.point, mirrored, self.se, self.df, pulls)


def pulls_of(values: Floats, names: Sequence[str]) -> dict[str, float]:
    """By source, what each adds to the error of the mean of these values; names: the source of each unit."""
    residuals = (values - values.mean()) / max(len(values), 1)
    found: dict[str, float] = {}
    for name, residual in zip(names, residuals.tolist(), strict=True):
        found[name] = found.get(name, 0.0) + residual
    return found


@dataclass(frozen=True, eq=False)
class Sum:
    """A `Difference` made of parts: the method of variance estimates recovery (Zou and Donner 2008; Zou 2007 for parts that go together).

    low = Σ point − √(Σ_ij r_ij·d_i·d_j), d_i the distance of part i's point to its low end; high alike. So each part keeps the range
    that is honest for it, lopsided where few cases speak. r_ij: correlation through sources that both parts rest on, never below 0:
    parts that make up for each other are not counted on. bounds: no end lies beyond them.
    """

    parts: Sequence[Part]
    method: str
    bounds: tuple[float, float]

    @property
    def point(self) -> float:
        return sum(part.point for part in self.parts)

    @property
    def se(self) -> float | None:
        """√(Σ_ij r_ij·SE_i·SE_j); None where nothing varies."""
        errors = np.array([part.se for part in self.parts])
        return float(np.sqrt(errors @ self.shared @ errors)) or None

    @property
    def df(self) -> int | None:
        return min((part.df for part in self.parts if part.df is not None), default=None)

    @cached_property
    def shared(self) -> Floats:
        """Correlations of the parts, shape (parts, parts)."""
        names = sorted({name for part in self.parts for name in part.pulls})
        pulls = np.array([[part.pulls.get(name, 0.0) for name in names] for part in self.parts])
        products = pulls @ pulls.T
        sizes = np.sqrt(np.diag(products))
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = np.nan_to_num(products / np.outer(sizes, sizes)).clip(0.0, 1.0)
        np.fill_diagonal(found, 1.0)
        return found

    def interval(self, confidence: float) -> Interval:
        ends = [part.interval(confidence) for part in self.parts]
        down = np.array([part.point - end.low for part, end in zip(self.parts, ends, strict=True)])
        up = np.array([end.high - part.point for part, end in zip(self.parts, ends, strict=True)])
        low = self.point - float(np.sqrt(down @ self.shared @ down))
        high = self.point + float(np.sqrt(up @ self.shared @ up))
        bottom, top = self.bounds
        return Interval(min(max(low, bottom), top), max(min(high, top), bottom), confidence)

    def p_value(self, limit: float) -> float:
        """1 minus the largest confidence at which the interval leaves limit out, by halving."""
        low, high = 0.0, 1.0
        if not self._leaves_out(limit, 1 - SLACK):
            return 1.0
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if self._leaves_out(limit, middle) else (middle, high)
        return high

    def _leaves_out(self, limit: float, alpha: float) -> bool:
        ends = self.interval(1 - alpha)
        return limit < ends.low or limit > ends.high
