"""How reliably, how fast and at what cost a version answered, run by run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import F, Max

from config.kept import Kept
from evaluations.models import Run, RunAggregate

MOST_KEPT = 20_000
COUNTED = ("errored", "missing", "truncated", "unparsed", "flaky")


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


@dataclass(frozen=True, slots=True)
class _Ended:
    """What the answers of a finished run come to; answers never change, and a run that goes on does so as its next generation."""

    errored: int
    missing: int
    truncated: int
    unparsed: int
    flaky: int
    median_ms: float | None
    slow_ms: float | None


# By run and generation.
_ENDED: Kept[tuple[int, int], _Ended] = Kept(MOST_KEPT)


def reliability_of(runs: Sequence[Run]) -> dict[int, Reliability]:
    """By run id (finished, evaluation_version loaded). No query for runs that this process has read in their generation, else two."""
    known = _ENDED.read({(run.pk, run.generation): run for run in runs}, _read)
    return {run.pk: _reliability(run, known[run.pk, run.generation]) for run in runs}


def _read(runs: Sequence[Run]) -> dict[tuple[int, int], _Ended]:
    sums: Mapping[int, Mapping[str, int]] = {
        row["run"]: row
        for row in RunAggregate.objects.filter(
            run__in=runs, slice="", value="", generation=F("run__generation")
        )
        .order_by()
        .values("run")
        .annotate(**{name: Max(name) for name in COUNTED})
    }
    latencies = _latencies([run.pk for run in runs])
    return {
        (run.pk, run.generation): _ended(sums.get(run.pk, {}), *latencies.get(run.pk, (None, None)))
        for run in runs
    }


def _ended(sums: Mapping[str, int], median: float | None, slow: float | None) -> _Ended:
    return _Ended(**{name: sums.get(name, 0) for name in COUNTED}, median_ms=median, slow_ms=slow)


def _reliability(run: Run, ended: _Ended) -> Reliability:
    return Reliability(
        samples=run.total,
        **{name: getattr(ended, name) for name in (*COUNTED, "median_ms", "slow_ms")},
        repeats=run.evaluation_version.repeats,
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
