"""Figures over all samples as they were worked out once, when the run's vectors were made: resampling takes seconds, reading none."""

from collections.abc import Mapping
from typing import Any

from evaluations.models import RunAggregate
from evaluations.statistics import Estimate, Interval, Reason, Samples, estimate

PLAIN = ("method", "n", "clusters", "point", "se", "df", "seed", "resamples")


def packed(found: Estimate) -> dict[str, Any]:
    """What is kept of an estimate, as JSON; the same numbers come back."""
    interval = found.interval
    ends = {"low": interval.low, "high": interval.high, "confidence": interval.confidence} if interval else {}
    return {name: getattr(found, name) for name in PLAIN} | {"reason": found.reason.value, **ends}


def unpacked(kept: Mapping[str, Any]) -> Estimate:
    """The estimate that was packed."""
    ends = Interval(kept["low"], kept["high"], kept["confidence"]) if "low" in kept else None
    return Estimate(
        **{name: kept[name] for name in PLAIN}, interval=ends, reason=Reason(kept.get("reason", ""))
    )


def estimate_of(row: RunAggregate, samples: Samples) -> Estimate:
    """The 95 % estimate of these samples, which are those of the row: as kept, else worked out."""
    return unpacked(row.figure) if row.figure else estimate(samples)
