"""Were our expectations honest? The share of recorded ranges that held."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluations.statistics.proportions import clopper_pearson
from evaluations.statistics.results import Interval


@dataclass(frozen=True)
class Held:
    held: int
    n: int
    share: float | None
    interval: Interval | None


def share_that_held(
    expected: Sequence[tuple[float, float]], measured: Sequence[float], confidence: float = 0.95
) -> Held:
    """How many measured values fell into the low–high recorded for them, ends included."""
    pairs = list(zip(expected, measured, strict=True))
    held = sum(low - 1e-12 <= value <= high + 1e-12 for (low, high), value in pairs)
    if not pairs:
        return Held(0, 0, None, None)
    return Held(held, len(pairs), held / len(pairs), clopper_pearson(held, len(pairs), confidence))
