"""A version was registered: the schedules that wait for such a one start a round on it, in the same transaction."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from config.errors import Refused
from evaluations.models import ModelVersion, Origin, Schedule, ScheduleSlot
from evaluations.queries.selection import fits, newest_evaluation_versions
from evaluations.services.budgets import full_budgets
from evaluations.services.rounds import start_round
from evaluations.services.schedules import sentence_of, terms_of

Outcome = ScheduleSlot.Outcome


@transaction.atomic
def start_for(version: ModelVersion) -> list[ScheduleSlot]:
    """A slot for each schedule that the version fits: ran, with its round, or skipped, with the reason. Needs its model loaded.

    What a schedule cannot start never stands in the way of registering the version. Safe to call twice: a version runs once a schedule.
    """
    waiting = Schedule.objects.filter(enabled=True, on_new_version=True).select_related("suite", "created_by")
    fitting = [schedule for schedule in waiting if fits(schedule.selector, version)]
    known = set(version.slots.values_list("schedule_id", flat=True))
    return [_slot(schedule, version) for schedule in fitting if schedule.pk not in known]


def _slot(schedule: Schedule, version: ModelVersion) -> ScheduleSlot:
    now = timezone.now()
    slot = ScheduleSlot(
        schedule=schedule, model_version=version, due_at=now, handled_at=now, resolved=[version.label]
    )
    slot.reason = _start(schedule, version, slot)[:300]
    slot.outcome = Outcome.SKIPPED if slot.reason else Outcome.RAN
    slot.save()
    return slot


def _start(schedule: Schedule, version: ModelVersion, slot: ScheduleSlot) -> str:
    """Start the round; why not, when it cannot."""
    if full := full_budgets(schedule=schedule, provider_id=version.model.provider_id):
        return full[0]
    evaluations = newest_evaluation_versions(schedule.suite)
    if not evaluations:
        return "The suite has no evaluation that is ready."
    try:
        with transaction.atomic():
            slot.round = start_round(
                actor=schedule.created_by,
                name=f"{schedule.name} · {version.label}",
                evaluation_versions=evaluations,
                model_versions=[version],
                **terms_of(schedule, Origin.NEW_VERSION),
            )
    except (Refused, ValidationError) as refusal:
        return sentence_of(refusal)
    return ""
