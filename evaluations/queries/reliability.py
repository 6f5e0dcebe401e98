"""How reliably, how fast and at what cost a version answered, run by run."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import F, Max

from evaluations.models import Run, RunAggregate


@dataclass(frozen=True)
class Reliability:
    """What became of a run's tries. flaky: cases right in some tries only. latencies in milliseconds, None where none is known."""

    samples: int
    errored: int
    missing: int
    truncated: int
    unparsed: int
    flaky: int
    repeats: int
    median_ms: float | None
    slow_ms: float | None
    cost_per_call: Decimal | None
    currency: str


def reliability_of(runs: Sequence[Run]) -> dict[int, Reliability]:
    """By run id (evaluation_version loaded). Two queries."""
    sums = {
        row["run"]: row
        for row in RunAggregate.objects.filter(
            run__in=runs, slice="", value="", generation=F("run__generation")
        )
        .order_by()
        .values("run")
        .annotate(
            **{name: Max(name) for name in ("errored", "missing", "truncated", "unparsed", "flaky")},
        )
    }
    latencies = _latencies([run.pk for run in runs])
    return {
        run.pk: _reliability(run, sums.get(run.pk, {}), *latencies.get(run.pk, (None, None))) for run in runs
    }


def _reliability(run: Run, sums: dict[str, int], median: float | None, slow: float | None) -> Reliability:
    return Reliability(
        samples=run.total,
        **{name: sums.get(name, 0) for name in ("errored", "missing", "truncated", "unparsed", "flaky")},
        repeats=run.evaluation_version.repeats,
        median_ms=median,
        slow_ms=slow,
        cost_per_call=run.cost / run.calls if run.cost is not None and run.calls else None,
        currency=run.currency,
    )


def _latencies(run_ids: Sequence[int]) -> dict[int, tuple[float, float]]:
    """Median and 95th percentile of the answers that came from a call of their own. One query."""
    if not run_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT run_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms), "
            "percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) FROM evaluations_response "
            "WHERE run_id = ANY(%s) AND latency_ms IS NOT NULL AND reused_from_id IS NULL GROUP BY run_id",
            [list(run_ids)],
        )
        return {run: (float(median), float(slow)) for run, median, slow in cursor.fetchall()}
