"""The one rule of every verdict: where the interval lies against the target."""

from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Interval, Lean, Outcome


def decide(interval: Interval | None, target: float, *, higher_is_better: bool = True) -> Outcome:
    """met iff low ≥ target, not_met iff high < target, else inconclusive; mirrored when lower is better."""
    if interval is None:
        return Outcome.INCONCLUSIVE
    low, high = (interval.low, interval.high) if higher_is_better else (-interval.high, -interval.low)
    goal = target if higher_is_better else -target
    if low >= goal - SLACK:
        return Outcome.MET
    return Outcome.NOT_MET if high < goal - SLACK else Outcome.INCONCLUSIVE


def lean(point: float | None, target: float, *, higher_is_better: bool = True) -> Lean:
    """The side of the target the point is on; empty when there is no point or it lies on the target."""
    if point is None or abs(point - target) <= SLACK:
        return ""
    return "yes" if (point > target) is higher_is_better else "no"
