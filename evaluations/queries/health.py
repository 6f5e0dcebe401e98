from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from evaluations.models import CallLedger, Run, ScheduleSlot, WorkItem
from evaluations.models.runs import Origin

COUNTED = 10_000


@dataclass(frozen=True)
class WorkState:
    """queued: items that could be called now, counted up to 10,000.

    idle_seconds: how long such work has not moved; 0 when there is none.
    """

    queued: int
    last_moved: datetime | None
    idle_seconds: float
    due_slots: int


def work_state() -> WorkState:
    """Whether work moves, by the database's clock. Six queries.

    Runs that people push results to wait for those people, and paused runs wait for a provider: neither is queued work.
    """
    runs = Run.objects.moving().exclude(origin__in=[Origin.PUSH, Origin.IMPORT]).filter(paused_reason="")
    queued = _due_items(runs)[:COUNTED].count()
    waiting = runs.filter(_has_due_items() | Q(state__in=[Run.State.QUEUED, Run.State.SCORING]))
    since = waiting.aggregate(moment=Max("created_at"), beat=Max("chain_beat_at"), now=Max(Now()))
    last_moved = _last_moved()
    slots = ScheduleSlot.objects.filter(outcome="", due_at__lte=Now()).count()
    idle = 0.0
    if (
        since["moment"]
        and not WorkItem.objects.filter(state=WorkItem.State.LEASED, lease_until__gt=Now()).exists()
    ):
        latest = max(moment for moment in (since["moment"], since["beat"], last_moved) if moment)
        idle = (since["now"] - latest).total_seconds()
    return WorkState(queued, last_moved, max(idle, 0.0), slots)


def _due_items(runs: QuerySet[Run]) -> QuerySet[WorkItem]:
    return WorkItem.objects.filter(_due(), run__in=runs, state=WorkItem.State.PENDING)


def _has_due_items() -> Exists:
    return Exists(WorkItem.objects.filter(_due(), run=OuterRef("pk"), state=WorkItem.State.PENDING))


def _due() -> Q:
    return Q(not_before=None) | Q(not_before__lte=Now())


def _last_moved() -> datetime | None:
    """The latest moment a worker started or ended a call, or a run finished."""
    call = CallLedger.objects.order_by("-id").values_list("created_at", "ended_at").first()
    finished = (
        Run.objects.order_by("-finished_at")
        .exclude(finished_at=None)
        .values_list("finished_at", flat=True)
        .first()
    )
    return max((moment for moment in (*(call or ()), finished) if moment), default=None)
