"""How every verdict is reached: pure functions on plain values, numpy and scipy only."""

from evaluations.statistics.types import (
    Claim,
    Counts,
    Interval,
    Kind,
    Outcome,
    Reach,
    Reason,
    Result,
    Rule,
    Samples,
    Trend,
    plain,
)

__all__ = [
    "Claim",
    "Counts",
    "Interval",
    "Kind",
    "Outcome",
    "Reach",
    "Reason",
    "Result",
    "Rule",
    "Samples",
    "Trend",
    "plain",
]
