"""The types every method takes and returns, in one place to import from."""

from evaluations.statistics.results import Claim, Counts, Interval, Lean, Outcome, Reason, Result, Trend
from evaluations.statistics.samples import Flags, Floats, Kind, Reach, Rule, Samples, plain

__all__ = [
    "Claim",
    "Counts",
    "Flags",
    "Floats",
    "Interval",
    "Kind",
    "Lean",
    "Outcome",
    "Reach",
    "Reason",
    "Result",
    "Rule",
    "Samples",
    "Trend",
    "plain",
]
