"""A statistical result as a verdict's columns and its detail. No query."""

import math
from typing import Any

from capabilities.models import Criterion, Verdict
from evaluations.statistics import Interval, Result, Unit, allowance

# A value a hair off its target asks for more cases than a column, or anybody, could hold.
MOST_CASES = 1_000_000_000


def finite(value: float | None) -> float | None:
    """The number, or None where there is none that can be stored or shown."""
    return value if value is not None and math.isfinite(value) else None


def shown(point: float | None, interval: Interval | None) -> tuple[float | None, float | None, float | None]:
    """point, low, high; an end that is open is None."""
    if interval is None:
        return finite(point), None, None
    return finite(point), finite(interval.low), finite(interval.high)


def verdict_of(result: Result, criterion: Criterion, unit: Unit) -> Verdict:
    """An unsaved verdict with everything the result says; whose it is and what it rests on is added by the caller."""
    point, low, high = shown(result.point, result.interval)
    return Verdict(
        outcome=str(result.outcome),
        reason=str(result.reason),
        lean=result.lean,
        method=result.method,
        point=point,
        low=low,
        high=high,
        confidence=criterion.confidence,
        n=result.n,
        clusters=result.clusters,
        missing=result.missing,
        needed_n=result.needed_n if (result.needed_n or 0) <= MOST_CASES else None,
        detail=_detail(result, unit),
    )


def _detail(result: Result, unit: Unit) -> dict[str, Any]:
    order = result.order
    return {
        "claim": str(result.claim),
        "higher_is_better": result.higher_is_better,
        "these_items_only": result.these_items_only,
        "target": finite(result.target),
        "repeats": result.repeats,
        "missing_share": finite(result.missing_share),
        "se": finite(result.se),
        "df": result.df,
        "n_eff": finite(result.n_eff),
        "n_adj": finite(result.n_adj),
        "mde": finite(result.mde),
        "p": finite(result.p),
        "seed": result.seed,
        "resamples": result.resamples,
        "never_settles": result.never_settles,
        "allowed_failures": result.allowed_failures,
        "deciding_n": result.deciding_n,
        "allowance": allowance(result, unit),
        "limit": finite(result.limit),
        "labels": result.labels,
        "widest": unit.widest,
        "order": [finite(order.low), finite(order.high)] if order else None,
        "point_a": finite(result.point_a),
        "point_b": finite(result.point_b),
    }
