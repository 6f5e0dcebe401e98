"""After any fault: nothing lost, nothing twice, billed again only what was in flight; and the row of the table that says so."""

import json
import os
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import Sum

from evaluations.models import CallLedger, ModelVersion, Response, Run, RunAggregate, Score, WorkItem
from evaluations.services.runs import start_run
from tests.engine import work_off
from tests.factories.evaluations import make_model_version
from tests.faults.world import IN_FLIGHT, World

# A file that gets one JSON line for every run that was checked: `./plumbline bench faults` prints it as a table.
TABLE = "PLUMBLINE_FAULT_TABLE"
TERMINAL = {
    WorkItem.State.DONE,
    WorkItem.State.FAILED,
    WorkItem.State.CANCELLED,
    WorkItem.State.NOT_NEEDED,
}
SUMS = (
    *("slice", "value", "items", "scored", "missing", "numerator", "denominator"),
    *("passed", "flaky", "unparsed"),
)


@dataclass(frozen=True)
class Found:
    """What became of one run. may_bill_again: the most that the fault explains.

    recovery_s: to the next stored result, or to the end when all were.
    """

    fault: str
    samples: int
    lost: int
    twice: int
    billed_again: int
    may_bill_again: int
    recovery_s: float | None


def check(run: Run, world: World, *, kills: int = 0, unusable: int = 0) -> Found:
    """What must hold after any fault: docs/decisions/0006-runs-live-in-the-database.md says why.

    kills: how often calls in flight were cut off on our side; unusable: replies the provider worked for that could not be read.
    """
    found = examine(run, world, kills * IN_FLIGHT + unusable)
    note(found)
    assert (found.lost, found.twice) == (0, 0), found
    assert 0 <= found.billed_again <= found.may_bill_again, found
    _check_books(run, found)
    assert run.calls_unknown <= kills * IN_FLIGHT + unusable
    return found


def check_unbilled(run: Run, fault: str) -> Found:
    """The same for a run that no provider bills: what was pushed, or what a callable of this machine answered."""
    found = Found(fault, *_kept(run), billed_again=0, may_bill_again=0, recovery_s=None)
    note(found)
    assert (found.lost, found.twice) == (0, 0), found
    assert not CallLedger.objects.filter(run=run, state="intent").exists()
    return found


def examine(run: Run, world: World, may_bill_again: int) -> Found:
    done = run.items.filter(state=WorkItem.State.DONE).count()
    return Found(
        world.name,
        *_kept(run),
        billed_again=len(billed(run, world)) - done,
        may_bill_again=may_bill_again,
        recovery_s=_recovery(run, world),
    )


def _kept(run: Run) -> tuple[int, int, int]:
    """Samples, those lost, and results counted twice. A pushed run has no items: all it wants is expected."""
    responses = Response.objects.filter(run=run)
    answered = responses.values("case", "repeat").distinct().count()
    scores = Score.objects.filter(response__run=run)
    twice = scores.count() - scores.values("response", "scorer_version").distinct().count()
    states = list(run.items.values_list("state", flat=True))
    done = states.count(WorkItem.State.DONE) if states else run.wanted
    lost = sum(state not in TERMINAL for state in states) + abs(done - answered) + abs(run.done - answered)
    return len(states) or run.wanted, lost, responses.count() - answered + twice


def billed(run: Run, world: World) -> list[dict[str, Any]]:
    return [line for line in world.server.bill() if line["request_id"].startswith(f"{run.pk}-")]


def _recovery(run: Run, world: World) -> float | None:
    if world.struck is None:
        return None
    later = Response.objects.filter(run=run, created_at__gt=world.struck).order_by("created_at")
    after = later.values_list("created_at", flat=True).first() or run.finished_at
    return round((after - world.struck).total_seconds(), 1) if after else None


def _check_books(run: Run, found: Found) -> None:
    ledger = CallLedger.objects.filter(run=run)
    settled = ledger.filter(state="settled").aggregate(cost=Sum("cost"))["cost"] or Decimal(0)
    unknown = ledger.filter(state="unknown").aggregate(most=Sum("highest_cost"))["most"] or Decimal(0)
    assert not ledger.filter(state="intent").exists()
    assert settled + unknown >= run.done + found.billed_again
    booked = [run.settled, run.unknown, run.reserved, run.cost or Decimal(0)]
    assert booked == [settled, unknown, Decimal(0), settled]


def note(found: Found) -> None:
    if path := os.environ.get(TABLE):
        with Path(path).open("a", encoding="utf-8") as table:
            table.write(json.dumps(asdict(found)) + "\n")


def sums(run: Run) -> list[tuple[Any, ...]]:
    rows = RunAggregate.objects.filter(run=run, generation=run.generation).order_by("slice", "value")
    return list(rows.values_list(*SUMS))


def faultless(run: Run, world: World) -> list[tuple[Any, ...]]:
    """The sums of the same evaluation run in this process, without workers (they are stopped) and faults."""
    world.stop()
    world.server.switch(fault="", latency_ms=0)
    twin = ModelVersion.objects.select_related("model__provider").get(pk=run.model_version_id)
    reference = start_run(
        actor=None,
        evaluation_version=run.evaluation_version,
        model_version=make_model_version(twin.model, api_id=twin.api_id, parameters=twin.parameters),
    )
    return sums(work_off(reference))
