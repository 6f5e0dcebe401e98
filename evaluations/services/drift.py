"""Silent change: a run on a schedule that leaves its limits orders one more, and that one decides."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from config.errors import Refused
from evaluations.models import DriftLook, Origin, Run, WatchedRun
from evaluations.models.runs import RunQuerySet
from evaluations.queries.steadiness import Steadiness, course_of, steadiness_of
from evaluations.services.confirming import order_confirming_run
from evaluations.services.drift_verdicts import decide
from evaluations.services.once import take_turn
from evaluations.statistics.drift import FEWEST_IN_CONTROL

log = logging.getLogger(__name__)

RECENT = timedelta(days=7)
State = DriftLook.State
OVER = (Run.State.FAILED, Run.State.CANCELLED)


@transaction.atomic
def watch_run(run: Run) -> list[DriftLook]:
    """Look at a finished run on a schedule once a generation: decide what it was ordered to confirm, else order what confirms it.

    Gives the looks it changed. Of other runs, and asked again, it does nothing. Two queries then; at most thirty otherwise, however many
    runs there were, and those of starting a run.
    """
    run = Run.objects.select_related("evaluation_version").get(pk=run.pk)
    if run.origin != Origin.SCHEDULE or run.state not in (Run.State.DONE, Run.State.PARTIAL):
        return []
    take_turn(None, f"drift of {run.model_version_id} by {run.evaluation_version_id}")
    if WatchedRun.objects.filter(run=run, generation__gte=run.generation).exists():
        return []
    WatchedRun.objects.update_or_create(run=run, defaults={"generation": run.generation})
    answers = list(run.drift_looks.select_related("scorer_version__scorer").order_by("pk"))
    if answers:
        return decide(run, [look for look in answers if look.state in (State.WAITING, State.UNKNOWN)])
    return _order(run)


def _order(run: Run) -> list[DriftLook]:
    """One confirming run for all scorers that left their limits, each with a look of its own."""
    course = course_of(run.model_version_id, run.evaluation_version_id)
    newest = course.series[-1] if course.series else None
    if newest != run or len(course.series) <= FEWEST_IN_CONTROL or _is_awaited(course.looks):
        return []
    due = [found for found in steadiness_of(course, course.watched) if _is_due(run, found)]
    if not due:
        return []
    try:
        again = order_confirming_run(run)
    except Refused as refusal:
        return [_noted(run, found, state=State.NOT_ORDERED, said=refusal.message[:500]) for found in due]
    if again.state in OVER:
        said = f"Run {again.pk}, which was to confirm it, is {again.state}."
        return [_noted(run, found, state=State.NOT_ORDERED, said=said) for found in due]
    first = 1 + max((look.number or 0 for look in course.looks), default=0)
    return [
        _noted(run, found, state=State.WAITING, said="", confirming_run=again, number=number)
        for number, found in enumerate(due, start=first)
    ]


def _is_due(run: Run, found: Steadiness) -> bool:
    """Whether this run lies outside and no run was ordered for it yet."""
    place = found.place_of(run)
    ordered = any(
        look.alarm_run_id == run.pk
        and look.scorer_version_id == found.scorer.pk
        and look.state != State.NOT_ORDERED
        for look in found.course.looks
    )
    return place is not None and place.outside and not ordered


def _is_awaited(looks: Sequence[DriftLook]) -> bool:
    """Whether a confirming run is on its way already."""
    return any(
        look.state == State.WAITING and look.confirming_run and look.confirming_run.state not in OVER
        for look in looks
    )


def _noted(run: Run, found: Steadiness, **fields: object) -> DriftLook:
    look, _ = DriftLook.objects.update_or_create(
        alarm_run=run,
        scorer_version=found.scorer,
        defaults={
            "model_version_id": run.model_version_id,
            "evaluation_version_id": run.evaluation_version_id,
            "reference": found.reference,
            **fields,
        },
    )
    return look


def watch_unwatched_runs(limit: int = 100) -> int:
    """The sweep behind the signal: runs on a schedule of the last week whose message was lost; how many were looked at.

    One that fails is logged and does not stop the others.
    """
    handled = 0
    for run in unwatched_runs().order_by("pk")[:limit]:
        try:
            watch_run(run)
            handled += 1
        except Exception:
            log.exception("run %s could not be looked at for a silent change", run.pk)
    return handled


def unwatched_runs() -> RunQuerySet:
    """Finished runs on a schedule whose present generation was not looked at. No query."""
    seen = WatchedRun.objects.filter(run=OuterRef("pk"), generation__gte=OuterRef("generation"))
    return Run.objects.finished().filter(
        ~Exists(seen), origin=Origin.SCHEDULE, finished_at__gte=timezone.now() - RECENT
    )
