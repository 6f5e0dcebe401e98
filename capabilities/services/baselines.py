"""Baselines: what a release or a training run is held to."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from capabilities.errors import IllegalMove
from capabilities.models import Baseline, BaselineItem, Product, Requirement, Revision
from capabilities.queries.baseline_choice import why_not
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record

NUMBER_LOCK = 7_310_001


@transaction.atomic
def create_baseline(
    *,
    actor: User | None,
    product: Product,
    name: str,
    requirements: Iterable[Requirement] | None = None,
    note: str = "",
) -> Baseline:
    """An open baseline of the approved revisions of these requirements (all approved ones when None).

    Raises Refused when one cannot be held, with the reason, or none is left.
    """
    wanted = list(
        requirements if requirements is not None else product.requirements.filter(lifecycle="approved")
    )
    approved = {
        revision.requirement_id: revision
        for revision in Revision.objects.filter(requirement__in=wanted, status=Revision.Status.APPROVED)
    }
    reasons = {row.key: why_not(row, approved=row.pk in approved) for row in wanted}
    refused = [f"{key} {reason}" for key, reason in reasons.items() if reason]
    if refused or not wanted:
        what = (
            f"Cannot be held: {'; '.join(refused[:20])}."
            if refused
            else "There is no approved requirement to hold a release to."
        )
        raise Refused(what, code="not_approved")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBER_LOCK])
    number = (Baseline.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    baseline = Baseline(product=product, number=number, name=name, note=note, created_by=actor)
    baseline.full_clean()
    baseline.save()
    BaselineItem.objects.bulk_create(
        BaselineItem(baseline=baseline, requirement=requirement, revision=approved[requirement.pk])
        for requirement in wanted
    )
    _record(actor, baseline, "baseline.created", [requirement.key for requirement in wanted])
    return baseline


@transaction.atomic
def close_baseline(*, actor: User | None, baseline: Baseline) -> Baseline:
    """Freeze a baseline; its items can no longer change."""
    baseline = Baseline.objects.select_for_update(of=("self",)).select_related("product").get(pk=baseline.pk)
    if baseline.state == Baseline.State.CLOSED:
        raise IllegalMove(f"{baseline.key} is closed already.")
    baseline.state, baseline.closed_at = Baseline.State.CLOSED, timezone.now()
    baseline.save(update_fields=["state", "closed_at"])
    _record(actor, baseline, "baseline.closed", [], before={"state": Baseline.State.OPEN})
    return baseline


def _record(
    actor: User | None,
    baseline: Baseline,
    verb: str,
    keys: list[str],
    before: dict[str, str] | None = None,
) -> None:
    record(
        actor=actor,
        verb=verb,
        noun="baseline",
        object_id=baseline.pk,
        label=baseline.key,
        product=baseline.product.key,
        before=before,
        after={"name": baseline.name, "requirements": keys, "state": baseline.state},
    )
