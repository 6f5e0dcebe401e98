"""Evidence: which evaluation measures a criterion, and whether anything it rests on changed since somebody looked."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from capabilities import signals
from capabilities.models import Criterion, Verification
from capabilities.queries.axes import stamp_differences
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.models import EvaluationVersion


def stamp_of(criterion: Criterion, evaluation_version: EvaluationVersion) -> dict[str, Any]:
    """Everything a confirmation stands for: the criterion, and the newest versions of what measures it. Four queries."""
    dataset = evaluation_version.dataset_version.dataset
    return {
        "criterion": criterion.fingerprint,
        "evaluation": evaluation_version.evaluation.versions.aggregate(newest=Max("number"))["newest"],
        "dataset": dataset.versions.filter(frozen_at__isnull=False).aggregate(newest=Max("number"))["newest"],
        "scorer": criterion.scorer.versions.aggregate(newest=Max("number"))["newest"]
        if criterion.scorer
        else None,
    }


def recheck_reasons(verification: Verification) -> list[str]:
    """Why the evidence needs a re-check, one sentence each; empty when it is fresh. Four queries."""
    now = stamp_of(verification.criterion, verification.evaluation_version)
    return stamp_differences(verification.stamp, now)


@transaction.atomic
def link_evidence(
    *, actor: User | None, criterion: Criterion, evaluation_version: EvaluationVersion
) -> Verification:
    """Measure a criterion by an evaluation version. Raises Refused when the evaluation does not hold the criterion's scorer."""
    slugs = evaluation_version.evaluation_scorers.values_list("slug", flat=True)
    if criterion.scorer is None:
        raise Refused(
            f"{criterion.key} is marked as not measurable yet. Choose its scorer first.",
            code="not_measurable",
        )
    if criterion.scorer.slug not in slugs:
        raise Refused(
            f"{evaluation_version} does not use the scorer {criterion.scorer.slug}; it has {', '.join(slugs)}.",
            code="scorer",
        )
    verification, _ = Verification.objects.update_or_create(
        criterion=criterion,
        evaluation_version=evaluation_version,
        defaults={
            "stamp": stamp_of(criterion, evaluation_version),
            "confirmed_by": actor,
            "confirmed_at": timezone.now(),
        },
    )
    _record(actor, verification, "evidence.linked")
    transaction.on_commit(
        lambda: signals.verification_linked.send(Verification, verification_id=verification.pk)
    )
    return verification


@transaction.atomic
def confirm_unchanged(*, actor: User, verification: Verification) -> Verification:
    """Say that what changed does not matter: the present versions become the stamp."""
    verification = Verification.objects.select_for_update(of=("self",)).get(pk=verification.pk)
    before = verification.stamp
    verification.stamp = stamp_of(verification.criterion, verification.evaluation_version)
    verification.confirmed_by, verification.confirmed_at = actor, timezone.now()
    verification.save(update_fields=["stamp", "confirmed_by", "confirmed_at"])
    _record(actor, verification, "evidence.confirmed", before=before, after=verification.stamp)
    return verification


@transaction.atomic
def unlink_evidence(*, actor: User | None, verification: Verification) -> None:
    """Take evidence away that gave no verdict yet; one that did stays for the record."""
    if verification.verdicts.exists():
        raise Refused(
            "This evidence gave verdicts and stays. Link the evaluation you want beside it.",
            code="has_verdicts",
        )
    _record(actor, verification, "evidence.unlinked")
    verification.delete()


def _record(actor: User | None, verification: Verification, verb: str, **details: Any) -> None:
    requirement = verification.criterion.revision.requirement
    label = f"{requirement.key} {verification.criterion.key} by {verification.evaluation_version}"
    record(
        actor=actor,
        verb=verb,
        noun="requirement",
        object_id=requirement.pk,
        label=label,
        product=requirement.product.key,
        **details,
    )
