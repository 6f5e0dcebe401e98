"""A comparison of several runs as the API and its files tell it. No query."""

from collections.abc import Mapping
from typing import Any

from evaluations.models import Run
from evaluations.queries.comparison_many import Against, Column, ManyComparison, SliceRow
from evaluations.statistics import Estimate, Interval, Result

TEXT = {"met": "proven", "not_met": "not so", "inconclusive": "not proven yet", "no_data": "no data"}


def many_json(many: ManyComparison) -> dict[str, Any]:
    """The reply of the endpoint for several runs."""
    return {
        "scorer": many.scorer.scorer.slug,
        "unit": many.scorer.unit,
        "higher_is_better": many.scorer.direction == many.scorer.Direction.HIGHER,
        "n": many.n,
        "columns": [_column(column) for column in many.columns],
        "against": [_against(one) for one in many.against],
        "every": _set(many, many.every),
        "any": _set(many, many.any_),
        "slices": [_slice(many, row) for row in many.slices],
        "slices_left_out": many.slices_left_out,
    }


def _named(letter: str, run: Run) -> dict[str, Any]:
    return {"letter": letter, "run": run.pk, "version": run.model_version.label}


def _column(column: Column) -> dict[str, Any]:
    place = column.place
    return _named(column.letter, column.run) | {
        "side": column.run.model_version.model.side,
        "value": _value(column.value),
        "rank": {"from": place.best_rank, "to": place.worst_rank} if place else None,
        "best_group": column.best,
        "missing": column.missing,
        "note": column.note,
    }


def _value(value: Estimate | None) -> dict[str, Any] | None:
    if value is None or value.point is None:
        return None
    return {"point": value.point, **_ends(value.interval), "method": value.method}


def _ends(interval: Interval | None) -> dict[str, Any]:
    return {
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "confidence": interval.confidence if interval else None,
    }


def _against(one: Against) -> dict[str, Any]:
    reply = one.comparison.as_json()
    for alone in ("slices", "even", "mixes"):
        del reply[alone]
    return _named(one.letter, one.comparison.run_b) | {
        **reply,
        "outcome": one.outcome,
        "adjusted_p": one.adjusted_p,
        "corrected": _ends(one.corrected) if one.corrected else None,
        "smallest_gap": one.comparison.result.mde,
    }


def _set(many: ManyComparison, result: Result | None) -> Mapping[str, Any] | None:
    """A lead over the whole set, or over one at least."""
    if result is None:
        return None
    return {
        "outcome": TEXT[result.outcome],
        "point": result.point,
        **_ends(result.interval),
        "rivals": len(result.lines),
        "sentence": many.said(result),
    }


def _slice(many: ManyComparison, row: SliceRow) -> dict[str, Any]:
    return {
        "slice": row.name,
        "against": [
            {
                "letter": one.letter,
                "n": line.result.n,
                "point": line.result.point,
                **_ends(line.result.interval),
                "adjusted_p": line.adjusted_p,
                "supported": line.supported,
                "outcome": one.comparison.slice_outcome(line),
            }
            for one, line in zip(many.against, row.lines, strict=True)
            if line is not None
        ],
    }
