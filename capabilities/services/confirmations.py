"""The second run that must agree before a scheduled verdict on a floating version flips."""

import logging
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef

from capabilities.models import Verdict
from config.errors import Refused
from evaluations.models import Run
from evaluations.services.runs import start_run

log = logging.getLogger(__name__)


@transaction.atomic
def confirm_run(run: Run) -> Run | None:
    """Start the same evaluation of the same version again, within what is left of the round's budget.

    Asked again it answers with the same run. None when a later run exists already, the budget is spent or the version can no longer
    be called; the verdict then goes on waiting for the next run.
    """
    run = (
        Run.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "round", "evaluation_version__dataset_version__dataset", "model_version__model__provider"
        )
        .get(pk=run.pk)
    )
    key = f"confirms run {run.pk}"
    again = Run.objects.filter(evaluation_version=run.evaluation_version, model_version=run.model_version)
    later = again.filter(pk__gt=run.pk).exclude(state__in=[Run.State.FAILED, Run.State.CANCELLED]).first()
    if later is not None:
        return later if later.idempotency_key == key else None
    left = _left(run)
    if left is not None and left <= 0:
        log.info("run %s is not confirmed: the budget of its round is spent", run.pk)
        return None
    try:
        return start_run(
            actor=None,
            evaluation_version=run.evaluation_version,
            model_version=run.model_version,
            origin=run.origin,
            round=run.round,
            cap=left,
            cap_unit=run.cap_unit,
            priority=run.priority,
            charged_to=run.charged_to,
            idempotency_key=key,
        )
    except Refused as refusal:
        log.info("run %s is not confirmed: %s", run.pk, refusal.message)
        return None


def _left(run: Run) -> Decimal | None:
    """What the confirming run may take, in the run's unit: its predecessor's cap, and no more than the round has left."""
    round_ = run.round
    if round_ is None or round_.cap is None or round_.cap_unit != run.cap_unit:
        return run.cap
    rest = round_.cap - round_.settled - round_.reserved - round_.unknown
    return rest if run.cap is None else min(run.cap, rest)


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
