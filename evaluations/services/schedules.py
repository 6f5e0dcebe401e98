"""Schedules: slots are rows that exist once, so any number of tickers is safe and every due moment ends with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.models import (
    Cap,
    EvaluationVersion,
    ModelVersion,
    Origin,
    Round,
    Run,
    Schedule,
    ScheduleSlot,
)
from evaluations.queries.due_times import times_of, unreadable
from evaluations.queries.selection import newest_evaluation_versions, selected_versions
from evaluations.services.budgets import full_budgets, remove_budget, save_budget
from evaluations.services.rounds import RoundFacts, RoundPreview, preview_round, start_round

LATE_AFTER = timedelta(minutes=5)
MAX_SLOTS_AT_ONCE = 500
MONTH = timedelta(days=30)
MOST_TIMES = 31 * 24 * 60
FIELDS = (
    "name",
    "suite",
    "selector",
    "cron",
    "zone",
    "on_new_version",
    "cap_unit",
    "cap",
    "run_cap",
    "charged_to",
    "priority",
    "misfire",
    "overlap",
    "rerun_frozen",
    "call_again",
    "until_settled",
    "enabled",
)


@transaction.atomic
def save_schedule(*, actor: User | None, schedule: Schedule | None = None, **fields: Any) -> Schedule:
    """Make or change a schedule. A changed calendar starts from now. Raises ValidationError with the fields at fault.

    month_cap, beside the schedule's own fields: of a month, in cap_unit; None takes it away.
    """
    if schedule is None:
        schedule = Schedule(created_by=actor, ticked_to=timezone.now())
    else:
        schedule = Schedule.objects.select_for_update(of=("self",)).get(pk=schedule.pk)
    calendar = (schedule.cron, schedule.zone, schedule.enabled)
    for name in FIELDS:
        if name in fields:
            setattr(schedule, name, fields[name])
    _check_occasion(schedule)
    schedule.full_clean()
    times_of(schedule, timezone.now(), 1)
    if calendar != (schedule.cron, schedule.zone, schedule.enabled):
        schedule.ticked_to = timezone.now()
    schedule.save()
    if "month_cap" in fields:
        _hold_month(actor, schedule, fields["month_cap"])
    record(
        actor=actor,
        verb="schedule.saved",
        noun="schedule",
        object_id=schedule.pk,
        label=schedule.name,
        after={
            "cron": schedule.cron,
            "zone": schedule.zone,
            "on_new_version": schedule.on_new_version,
            "cap": schedule.cap,
            "enabled": schedule.enabled,
        },
    )
    return schedule


def _check_occasion(schedule: Schedule) -> None:
    """Raises ValidationError with the field to fill; the database holds the same."""
    if not schedule.cron and not schedule.on_new_version:
        raise ValidationError({"cron": f"{unreadable('')} Or let it run when a version is registered."})
    if schedule.on_new_version and schedule.cap is None:
        raise ValidationError({"cap": "What runs by itself for every new version needs a budget each time."})


def _hold_month(actor: User | None, schedule: Schedule, cap: Decimal | None) -> None:
    for budget in schedule.budgets.select_related("provider", "schedule"):
        if cap is None or budget.unit != schedule.cap_unit:
            remove_budget(actor=actor, budget=budget)
    if cap is not None:
        save_budget(actor=actor, scope="schedule", schedule=schedule, unit=schedule.cap_unit, cap=cap)


@dataclass(frozen=True)
class SchedulePreview:
    """What a schedule would take. each: one time, now. times: how often in the next 30 days. left_out: found, but not worth running."""

    each: RoundPreview
    times: int
    left_out: int
    unit: str
    cap: Decimal | None
    month_cap: Decimal | None

    @property
    def calls(self) -> int:
        return self.each.calls * self.times

    @property
    def tokens(self) -> int:
        return self.each.tokens * self.times

    @property
    def cost_low(self) -> Decimal | None:
        return None if self.each.cost_low is None else self.each.cost_low * self.times

    @property
    def cost_high(self) -> Decimal | None:
        return None if self.each.cost_high is None else self.each.cost_high * self.times

    @property
    def short(self) -> bool:
        """Whether one time may meet its budget before it is through; False where the most is not known."""
        return self.cap is not None and self._most is not None and self._most > self.cap

    @property
    def month_short(self) -> bool:
        return (
            self.month_cap is not None and self._most is not None and self._most * self.times > self.month_cap
        )

    @property
    def _most(self) -> Decimal | None:
        """Of one time, in the budgets' unit. The most tokens a call may take are not estimated."""
        known = {Cap.MONEY.value: self.each.cost_high, Cap.CALLS.value: Decimal(self.each.calls)}
        return known.get(self.unit)


def preview_schedule(schedule: Schedule, *, month_cap: Decimal | None = None) -> SchedulePreview:
    """Calls, tokens and cost if it came due now, and of a month like the next 30 days. Not stored; the schedule may be unsaved."""
    evaluations = newest_evaluation_versions(schedule.suite)
    found = selected_versions(schedule.selector)
    worth = _worth_running(schedule, evaluations, found)
    each = preview_round(
        evaluation_versions=evaluations,
        model_versions=worth,
        cap=schedule.cap if schedule.cap is not None else schedule.run_cap,
        cap_unit=schedule.cap_unit,
        reuse=_reuses(schedule),
        until_settled=schedule.until_settled,
    )
    return SchedulePreview(
        each, _times_a_month(schedule), len(found) - len(worth), schedule.cap_unit, schedule.cap, month_cap
    )


def _times_a_month(schedule: Schedule) -> int:
    """Due moments in the next 30 days; 0 for a calendar that cannot be read."""
    now = timezone.now()
    try:
        return len(times_of(schedule, now, MOST_TIMES, until=now + MONTH))
    except ValidationError:
        return 0


def _reuses(schedule: Schedule) -> bool:
    """Versions are run again although they have results in order to see whether they still answer the same: those are called."""
    return not (schedule.call_again or schedule.rerun_frozen)


def tick_schedules(now: datetime | None = None) -> int:
    """Write the slots that came due and start their rounds; returns how many slots were handled. Safe to run twice at once."""
    now = now or timezone.now()
    handled = 0
    on_a_calendar = Schedule.objects.filter(enabled=True).exclude(cron="")
    for schedule_id in on_a_calendar.values_list("pk", flat=True):
        handled += _tick(schedule_id, now)
    return handled


@transaction.atomic
def _tick(schedule_id: int, now: datetime) -> int:
    schedule = (
        Schedule.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("suite", "created_by")
        .filter(pk=schedule_id, enabled=True)
        .exclude(cron="")
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
    elif schedule.overlap == Schedule.Overlap.SKIP and (running := _still_running(schedule)):
        _skip(slot, running, now)
    elif full := full_budgets(schedule=schedule):
        _skip(slot, full[0], now)
    else:
        _start(schedule, slot, now, late=late)


def _still_running(schedule: Schedule) -> str:
    """Why the round before it is not over; empty when it is."""
    moving = Run.objects.moving().filter(round__slots__schedule=schedule)
    found = moving.values_list("paused_reason", flat=True).order_by("paused_since").first()
    if found is None:
        return ""
    return f"The round before it is not over. {found or 'It is still running.'}"


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
        _skip(slot, sentence_of(refusal), now)
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
        evaluation_versions=evaluations,
        model_versions=versions,
        **terms_of(schedule, Origin.SCHEDULE),
    )


def terms_of(schedule: Schedule, origin: Origin) -> RoundFacts:
    """Within what its rounds stay, whose they are and how urgent."""
    return RoundFacts(
        suite=schedule.suite,
        origin=origin,
        priority=schedule.priority,
        schedule=schedule,
        charged_to=schedule.charged_to,
        cap=schedule.cap,
        run_cap=schedule.run_cap,
        cap_unit=schedule.cap_unit,
        reuse=_reuses(schedule),
        until_settled=schedule.until_settled,
    )


def _worth_running(
    schedule: Schedule, evaluations: Sequence[EvaluationVersion], versions: Sequence[ModelVersion]
) -> list[ModelVersion]:
    """Floating versions always; frozen ones only where a finished run is lacking, unless the schedule says otherwise.

    With stale_only, a floating one too only where no run of the last 30 days is finished. One query.
    """
    if schedule.rerun_frozen:
        return list(versions)
    stale_only = bool(schedule.selector.get("stale_only"))
    recent = timezone.now() - MONTH
    have: dict[int, set[int]] = {}
    finished = Run.objects.finished().filter(model_version__in=versions, evaluation_version__in=evaluations)
    rows = finished.values_list(
        "model_version_id", "evaluation_version_id", "model_version__floating", "finished_at"
    )
    for version_id, evaluation_id, floating, at in rows:
        if not floating or (stale_only and at is not None and at > recent):
            have.setdefault(version_id, set()).add(evaluation_id)
    wanted = {evaluation.pk for evaluation in evaluations}
    return [version for version in versions if not wanted <= have.get(version.pk, set())]


def _skip(slot: ScheduleSlot, reason: str, now: datetime) -> None:
    slot.outcome = ScheduleSlot.Outcome.SKIPPED
    slot.reason = reason[:300]
    slot.handled_at = now
    slot.save()


def sentence_of(refusal: Refused | ValidationError) -> str:
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
        evaluation_versions=evaluations,
        model_versions=versions,
        **terms_of(schedule, Origin.MANUAL),
    )
