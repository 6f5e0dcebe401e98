"""One line of the table: a world drawn again and again, and how often the verdict on it was wrong."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from evaluations.statistics import Interval, Outcome, Result

HALF = 0.025
FAR_BEYOND_CHANCE = 1e-4


class Promise(StrEnum):
    """What is said of the rate: that it holds for any n, that it is neared as n grows, or nothing at all (a way that is forbidden)."""

    ALWAYS = "always"
    LARGE_N = "as n grows"
    NONE = "forbidden"


@dataclass(frozen=True)
class Reply:
    """met, not_met: 1 where this verdict was reached and is wrong, None where it would be right; a share for discoveries. covered: the
    interval holds the true value.
    """

    met: float | None
    not_met: float | None
    covered: bool | None = None


Draw = Callable[[np.random.Generator], Reply]


@dataclass(frozen=True)
class Trial:
    """nominal: the rate allowed for each of the two, or for both taken together. share: of the replicates, for what takes long."""

    method: str
    setting: str
    n: str
    draw: Draw
    promise: Promise = Promise.ALWAYS
    nominal: float = HALF
    together: bool = False
    share: float = 1.0


@dataclass(frozen=True)
class Line:
    """Rates as fractions, None where there is none to tell. error: one standard error of a rate that is the nominal one."""

    trial: Trial
    replicates: int
    met: float | None
    not_met: float | None
    coverage: float | None
    error: float

    @property
    def worst(self) -> float:
        rates = [self.met or 0.0, self.not_met or 0.0]
        return sum(rates) if self.trial.together else max(rates)

    @property
    def above(self) -> bool:
        """More often wrong than allowed, by more than chance explains."""
        wrong = round(self.worst * self.replicates)
        return bool(stats.binom.sf(wrong - 1, self.replicates, self.trial.nominal) < FAR_BEYOND_CHANCE)

    @property
    def broken(self) -> bool:
        return self.above and self.trial.promise is Promise.ALWAYS


def at_the_border(result: Result, truth: float) -> Reply:
    """Any decision is wrong there: the true value is neither above nor below."""
    return Reply(
        met=float(result.outcome is Outcome.MET),
        not_met=float(result.outcome is Outcome.NOT_MET),
        covered=None if result.interval is None else holds(result.interval, truth),
    )


def holds(interval: Interval, truth: float) -> bool:
    return interval.low - 1e-12 <= truth <= interval.high + 1e-12


def tried(trial: Trial, replicates: int, seed: int) -> Line:
    """The trial drawn so often; the same seed gives the same line, whatever else is tried."""
    random = np.random.default_rng([seed, *f"{trial.method} {trial.setting} {trial.n}".encode()])
    times = max(round(replicates * trial.share), 1)
    replies = [trial.draw(random) for _ in range(times)]
    return Line(
        trial=trial,
        replicates=times,
        met=mean([reply.met for reply in replies]),
        not_met=mean([reply.not_met for reply in replies]),
        coverage=mean([None if reply.covered is None else float(reply.covered) for reply in replies]),
        error=math.sqrt(trial.nominal * (1 - trial.nominal) / times),
    )


def mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
