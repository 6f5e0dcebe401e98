"""The second run that must agree before a scheduled verdict on a floating version flips."""

import logging

from django.db.models import Exists, OuterRef

from capabilities.models import Verdict
from config.errors import Refused
from evaluations.models import Run
from evaluations.services.confirming import order_confirming_run

log = logging.getLogger(__name__)


def confirm_run(run: Run) -> Run | None:
    """Start the same evaluation of the same version again, within what is left of the round's budget.

    Asked again it answers with the same run. None when a later run exists already, the budget is spent or the version can no longer
    be called; the verdict then goes on waiting for the next run.
    """
    try:
        return order_confirming_run(run)
    except Refused as refusal:
        log.info("run %s is not confirmed: %s", run.pk, refusal.message)
        return None


def confirm_waiting_runs(limit: int = 20) -> int:
    """The sweep behind the signal: order the confirming runs that a lost message left out; how many were started."""
    newer = Verdict.objects.filter(
        verification=OuterRef("verification"), model_version=OuterRef("model_version"), pk__gt=OuterRef("pk")
    )
    waiting = Verdict.objects.filter(~Exists(newer), pending_confirmation=True)
    awaited = {run_id for detail in waiting.values_list("detail", flat=True) for run_id in detail["awaiting"]}
    later = Run.objects.filter(
        evaluation_version=OuterRef("evaluation_version"),
        model_version=OuterRef("model_version"),
        pk__gt=OuterRef("pk"),
    ).exclude(state__in=[Run.State.FAILED, Run.State.CANCELLED])
    runs = Run.objects.filter(~Exists(later), pk__in=awaited).order_by("pk")[:limit]
    return sum(confirm_run(run) is not None for run in runs)
