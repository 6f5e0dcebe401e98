"""Point and interval of one run, before anything is decided."""

from dataclasses import dataclass

from evaluations.statistics.results import Interval, Reason


@dataclass(frozen=True)
class Estimate:
    """What one run says. reason, when given, forbids a decision; the interval may still be shown.

    point, interval, se in the scorer's unit; n scored items; n_eff, n_adj effective items before and
    after the t correction. seed, resamples: of an interval by resampling.
    """

    method: str
    n: int
    clusters: int
    point: float | None = None
    interval: Interval | None = None
    reason: Reason = Reason.NONE
    se: float | None = None
    df: int | None = None
    n_eff: float | None = None
    n_adj: float | None = None
    seed: int | None = None
    resamples: int | None = None
