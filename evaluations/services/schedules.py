"""Schedules: slots are rows that exist once, so any number of tickers is safe and every due moment ends with a reason."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.models import EvaluationVersion, ModelVersion, Origin, Round, Run, Schedule, ScheduleSlot
from evaluations.queries.selection import newest_evaluation_versions, selected_versions
from evaluations.services.rounds import RoundPreview, preview_round, start_round

LATE_AFTER = timedelta(minutes=5)
MAX_SLOTS_AT_ONCE = 500
CRON_FIELDS = 5
FIELDS = (
    "name",
    "suite",
    "selector",
    "cron",
    "zone",
    "cap_unit",
    "cap",
    "priority",
    "misfire",
    "overlap",
    "rerun_frozen",
    "enabled",
)


def next_times(cron: str, zone: str, after: datetime, count: int) -> list[datetime]:
    """The next due moments after `after`, in the schedule's zone. Raises ValidationError for a cron or zone that cannot be read.

    In spring a time inside the gap moves forward, in autumn the repeated hour fires once.
    """
    try:
        return list(islice(CronSim(cron, after.astimezone(ZoneInfo(zone))), count))
    except CronSimError as error:
        raise ValidationError({"cron": _unreadable(cron)}) from error
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValidationError(
            {"zone": f"There is no time zone “{zone}”; use a name like Europe/Berlin."}
        ) from error


def _unreadable(cron: str) -> str:
    """What to mend: the number of fields, or else what stands in them."""
    if len(cron.split()) != CRON_FIELDS:
        return "Five fields are needed: minute hour day month weekday, e.g. 0 7 * * 1-5."
    return (
        "No such time ever comes. Minutes go from 0 to 59, hours from 0 to 23, days from 1 to 31, "
        "months from 1 to 12, weekdays from 0 (Sunday) to 6."
    )


def describe_cron(cron: str, zone: str) -> str:
    """The expression in words, with the zone. Raises ValidationError."""
    next_times(cron, zone, timezone.now(), 1)
    return f"{CronSim(cron, timezone.now()).explain()} ({zone})"


@transaction.atomic
def save_schedule(*, actor: User | None, schedule: Schedule | None = None, **fields: Any) -> Schedule:
    """Make or change a schedule. A changed calendar starts from now. Raises ValidationError with the fields at fault."""
    if schedule is None:
        schedule = Schedule(created_by=actor, ticked_to=timezone.now())
    else:
        schedule = Schedule.objects.select_for_update(of=("self",)).get(pk=schedule.pk)
    calendar = (schedule.cron, schedule.zone, schedule.enabled)
    for name in FIELDS:
        if name in fields:
            setattr(schedule, name, fields[name])
    schedule.full_clean()
    next_times(schedule.cron, schedule.zone, timezone.now(), 1)
    if calendar != (schedule.cron, schedule.zone, schedule.enabled):
        schedule.ticked_to = timezone.now()
    schedule.save()
    record(
        actor=actor,
        verb="schedule.saved",
        noun="schedule",
        object_id=schedule.pk,
        label=schedule.name,
        after={
            "cron": schedule.cron,
            "zone": schedule.zone,
            "cap": schedule.cap,
            "enabled": schedule.enabled,
        },
    )
    return schedule


def preview_schedule(schedule: Schedule) -> RoundPreview:
    """Calls, tokens and cost of one slot if it came due now. Not stored; the schedule may be unsaved."""
    return preview_round(
        evaluation_versions=newest_evaluation_versions(schedule.suite),
        model_versions=selected_versions(schedule.selector),
        cap=schedule.cap,
        cap_unit=schedule.cap_unit,
    )


def tick_schedules(now: datetime | None = None) -> int:
    """Write the slots that came due and start their rounds; returns how many slots were handled. Safe to run twice at once."""
    now = now or timezone.now()
    handled = 0
    for schedule_id in Schedule.objects.filter(enabled=True).values_list("pk", flat=True):
        handled += _tick(schedule_id, now)
    return handled


@transaction.atomic
def _tick(schedule_id: int, now: datetime) -> int:
    schedule = (
        Schedule.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("suite", "created_by")
        .filter(pk=schedule_id, enabled=True)
        .first()
    )
    if schedule is None:
        return 0
    due = _due_times(schedule, now)
    ScheduleSlot.objects.bulk_create(
        [ScheduleSlot(schedule=schedule, due_at=at) for at in due], ignore_conflicts=True
    )
    if due:
        schedule.ticked_to = due[-1]
        schedule.save(update_fields=["ticked_to"])
    slots = list(schedule.slots.filter(outcome="").order_by("due_at"))
    for slot in slots[:-1]:
        _skip(slot, "A later slot was already due.", now)
    for slot in slots[-1:]:
        _handle(schedule, slot, now)
    return len(slots)


def _due_times(schedule: Schedule, now: datetime) -> list[datetime]:
    times: list[datetime] = []
    for at in CronSim(schedule.cron, schedule.ticked_to.astimezone(ZoneInfo(schedule.zone))):
        if at > now or len(times) >= MAX_SLOTS_AT_ONCE:
            break
        times.append(at)
    return times


def _handle(schedule: Schedule, slot: ScheduleSlot, now: datetime) -> None:
    late = now - slot.due_at > LATE_AFTER
    if late and schedule.misfire == Schedule.Misfire.SKIP:
        _skip(slot, "It came due while nothing was running, and this schedule skips what it missed.", now)
    elif schedule.overlap == Schedule.Overlap.SKIP and _still_running(schedule):
        _skip(slot, "The round before it is still running.", now)
    else:
        _start(schedule, slot, now, late=late)


def _still_running(schedule: Schedule) -> bool:
    return Run.objects.moving().filter(round__slots__schedule=schedule).exists()


def _start(schedule: Schedule, slot: ScheduleSlot, now: datetime, *, late: bool) -> None:
    evaluations = newest_evaluation_versions(schedule.suite)
    versions = _worth_running(schedule, evaluations, selected_versions(schedule.selector))
    slot.resolved = [version.label for version in versions]
    if not evaluations or not versions:
        _skip(slot, "Nothing to run: no version matches, or every frozen version has fresh results.", now)
        return
    try:
        with transaction.atomic():
            slot.round = _round(schedule, slot, evaluations, versions)
    except (Refused, ValidationError) as refusal:
        _skip(slot, _sentence(refusal), now)
        return
    slot.outcome = ScheduleSlot.Outcome.LATE if late else ScheduleSlot.Outcome.RAN
    slot.reason = f"Started {int((now - slot.due_at).total_seconds() // 60)} minutes late." if late else ""
    slot.handled_at = now
    slot.save()


def _round(
    schedule: Schedule,
    slot: ScheduleSlot,
    evaluations: Sequence[EvaluationVersion],
    versions: Sequence[ModelVersion],
) -> Round:
    return start_round(
        actor=schedule.created_by,
        name=f"{schedule.name} · {slot.due_at.astimezone(ZoneInfo(schedule.zone)):%d %b %H:%M}",
        suite=schedule.suite,
        evaluation_versions=evaluations,
        model_versions=versions,
        origin=Origin.SCHEDULE,
        priority=schedule.priority,
        cap=schedule.cap,
        cap_unit=schedule.cap_unit,
    )


def _worth_running(
    schedule: Schedule, evaluations: Sequence[EvaluationVersion], versions: Sequence[ModelVersion]
) -> list[ModelVersion]:
    """Floating versions always; frozen ones only where a finished run is lacking, unless the schedule says otherwise."""
    if schedule.rerun_frozen:
        return list(versions)
    have: dict[int, set[int]] = {}
    finished = Run.objects.finished().filter(model_version__in=versions, evaluation_version__in=evaluations)
    for version_id, evaluation_id in finished.values_list("model_version_id", "evaluation_version_id"):
        have.setdefault(version_id, set()).add(evaluation_id)
    wanted = {evaluation.pk for evaluation in evaluations}
    return [version for version in versions if version.floating or not wanted <= have.get(version.pk, set())]


def _skip(slot: ScheduleSlot, reason: str, now: datetime) -> None:
    slot.outcome = ScheduleSlot.Outcome.SKIPPED
    slot.reason = reason[:300]
    slot.handled_at = now
    slot.save()


def _sentence(refusal: Refused | ValidationError) -> str:
    return refusal.message if isinstance(refusal, Refused) else " ".join(refusal.messages)


@transaction.atomic
def run_now(*, actor: User | None, schedule: Schedule) -> Round:
    """Start a round of the schedule's suite at once, outside its calendar. Raises Refused when nothing matches."""
    versions = selected_versions(schedule.selector)
    evaluations = newest_evaluation_versions(schedule.suite)
    if not versions or not evaluations:
        raise Refused(
            "Nothing to run: no model version matches the selector, or the suite is empty.", code="empty"
        )
    record(actor=actor, verb="schedule.run_now", noun="schedule", object_id=schedule.pk, label=schedule.name)
    return start_round(
        actor=actor,
        name=f"{schedule.name} · now",
        suite=schedule.suite,
        evaluation_versions=evaluations,
        model_versions=versions,
        origin=Origin.MANUAL,
        priority=schedule.priority,
        cap=schedule.cap,
        cap_unit=schedule.cap_unit,
    )
