"""Were our expectations honest? The share of recorded ranges that held."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from evaluations.statistics.proportions import clopper_pearson
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.rates import estimate_rate
from evaluations.statistics.results import Interval
from evaluations.statistics.units import Units, cluster_codes


class Honesty(StrEnum):
    """How the share that held lies beside what was stated."""

    TOO_FEW = "too_few"
    TOO_NARROW = "too_narrow"
    TOO_WIDE = "too_wide"
    AS_STATED = "as_stated"


@dataclass(frozen=True)
class Held:
    """held of n ranges held; results: how many results they speak of, where several may speak of one."""

    held: int
    n: int
    share: float | None
    interval: Interval | None
    results: int = 0


def share_that_held(
    expected: Sequence[tuple[float, float]],
    measured: Sequence[float],
    confidence: float = 0.95,
    results: Sequence[str] | None = None,
) -> Held:
    """How many measured values fell into the low–high recorded for them, ends included.

    results: the result each is about. Ranges for one result miss together, so such are counted together
    (`estimate_rate`); without them Clopper–Pearson.
    """
    inside = [holds(low, high, value) for (low, high), value in zip(expected, measured, strict=True)]
    held, n = sum(inside), len(inside)
    if not n:
        return Held(0, 0, None, None)
    if results is None:
        return Held(held, n, held / n, clopper_pearson(held, n, confidence), n)
    codes, groups = cluster_codes(results, np.ones(n, dtype=np.bool_))
    values = np.array(inside, dtype=np.float64)
    units = Units(values, np.ones(n), codes, groups, declared=True, tries=n)
    return Held(held, n, held / n, estimate_rate(units, confidence).interval, groups)


def holds(low: float, high: float, value: float) -> bool:
    """Whether a value lies in a range, ends included."""
    return low - SLACK <= value <= high + SLACK


def honesty(held: Held, stated: float) -> Honesty:
    """Whether the ranges hold as often as their authors said, on average stated (0 < stated < 1).

    Undecided while the interval holds the stated share: too_few below `enough_to_tell`, as_stated from there.
    """
    interval = held.interval
    if interval is None:
        return Honesty.TOO_FEW
    if interval.high < stated - SLACK:
        return Honesty.TOO_NARROW
    if interval.low > stated + SLACK:
        return Honesty.TOO_WIDE
    return (
        Honesty.AS_STATED if held.results >= enough_to_tell(stated, interval.confidence) else Honesty.TOO_FEW
    )


def enough_to_tell(stated: float, confidence: float = 0.95) -> int:
    """From how many results on all of them holding would show that the stated share is too low: ⌈ln(α/2)/ln(stated)⌉."""
    return math.ceil(math.log((1.0 - confidence) / 2) / math.log(stated) - SLACK)
