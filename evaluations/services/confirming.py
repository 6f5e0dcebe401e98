"""The second run that must agree before something is held to be so: a verdict that flips, a version that scores differently."""

from decimal import Decimal

from django.db import transaction

from config.errors import Refused
from evaluations.models import Run
from evaluations.services.budgets import full_budgets
from evaluations.services.runs import start_run


@transaction.atomic
def order_confirming_run(run: Run) -> Run:
    """Start the same evaluation of the same version again, every sample called, within what is left of the round's budget.

    Asked again, for whatever reason, it answers with the same run. Raises Refused when a later run exists already, the budget is spent
    or the version can no longer be called.
    """
    run = _locked(run)
    key = f"confirms run {run.pk}"
    again = Run.objects.filter(evaluation_version=run.evaluation_version, model_version=run.model_version)
    later = again.filter(pk__gt=run.pk).exclude(state__in=[Run.State.FAILED, Run.State.CANCELLED])
    if ordered := later.filter(idempotency_key=key).first():
        return ordered
    if newer := later.first():
        raise Refused(f"A later run is there already: run {newer.pk}.", code="later_run")
    left = _left(run)
    _check_budgets(run, left)
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
        reuse=False,
        confirms=run,
        idempotency_key=key,
    )


def _locked(run: Run) -> Run:
    return (
        Run.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "round__schedule",
            "evaluation_version__dataset_version__dataset",
            "evaluation_version__evaluation",
            "model_version__model__provider",
        )
        .get(pk=run.pk)
    )


def _check_budgets(run: Run, left: Decimal | None) -> None:
    if left is not None and left <= 0:
        raise Refused("The budget of its round is spent.", code="budget")
    schedule = run.round.schedule if run.round else None
    full = (
        full_budgets(schedule=schedule, provider_id=run.model_version.model.provider_id) if schedule else []
    )
    if full:
        raise Refused(full[0], code="budget")


def _left(run: Run) -> Decimal | None:
    """What the confirming run may take, in the run's unit: its predecessor's cap, and no more than the round has left."""
    round_ = run.round
    if round_ is None or round_.cap is None or round_.cap_unit != run.cap_unit:
        return run.cap
    rest = round_.cap - round_.settled - round_.reserved - round_.unknown
    return rest if run.cap is None else min(run.cap, rest)
