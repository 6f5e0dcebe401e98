"""Schedules with what became of their last due moment, and the slots of a month."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from evaluations.models import Schedule, ScheduleSlot

MOST_SLOTS = 2_000


def schedules_with_last_slot() -> QuerySet[Schedule]:
    """Schedules by name with last_due, last_outcome and last_reason. One query."""
    last = ScheduleSlot.objects.filter(schedule=OuterRef("pk")).exclude(outcome="").order_by("-due_at")
    return Schedule.objects.select_related("suite", "created_by").annotate(
        last_due=Subquery(last.values("due_at")[:1]),
        last_outcome=Subquery(last.values("outcome")[:1]),
        last_reason=Subquery(last.values("reason")[:1]),
    )


def slots_between(schedules: Iterable[Schedule], start: datetime, end: datetime) -> list[ScheduleSlot]:
    """Slots of these schedules due in a stretch of time, at most 2,000, in order. One query."""
    slots = ScheduleSlot.objects.filter(schedule__in=schedules, due_at__gte=start, due_at__lt=end)
    return list(slots.select_related("schedule").order_by("due_at", "pk")[:MOST_SLOTS])
