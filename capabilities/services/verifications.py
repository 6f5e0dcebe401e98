"""Evidence: which evaluation measures a criterion, and whether anything it rests on changed since somebody looked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from capabilities import signals
from capabilities.models import Criterion, Revision, Verification
from capabilities.queries.axes import stamp_differences
from capabilities.queries.linked_texts import dependencies_of
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.models import EvaluationVersion, Run, Side


def stamp_of(criterion: Criterion, evaluation_version: EvaluationVersion) -> dict[str, Any]:
    """Everything a confirmation stands for: the criterion, the newest versions of what measures it, and the texts it depends on.

    Five queries.
    """
    dataset = evaluation_version.dataset_version.dataset
    requirement_id = criterion.revision.requirement_id
    needed = dependencies_of([requirement_id]).get(requirement_id, ())
    return {
        "criterion": criterion.fingerprint,
        "evaluation": evaluation_version.evaluation.versions.aggregate(newest=Max("number"))["newest"],
        "dataset": dataset.versions.filter(frozen_at__isnull=False).aggregate(newest=Max("number"))["newest"],
        "scorer": criterion.scorer.versions.aggregate(newest=Max("number"))["newest"]
        if criterion.scorer
        else None,
        "depends_on": {str(one.requirement_id): one.fingerprint for one in needed},
    }


def recheck_reasons(verification: Verification) -> list[str]:
    """Why the evidence needs a re-check, one sentence each; empty when it is fresh. Six queries."""
    now = stamp_of(verification.criterion, verification.evaluation_version)
    requirement_id = verification.criterion.revision.requirement_id
    needed = dependencies_of([requirement_id]).get(requirement_id, ())
    return stamp_differences(verification.stamp, now, needed)


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
    before = criterion.verifications.filter(evaluation_version=evaluation_version).first()
    verification, _ = Verification.objects.update_or_create(
        criterion=criterion,
        evaluation_version=evaluation_version,
        defaults={
            "stamp": stamp_of(criterion, evaluation_version),
            "confirmed_by": actor,
            "confirmed_at": timezone.now(),
        },
    )
    _record(
        actor,
        verification,
        "evidence.linked",
        before={"stamp": before.stamp} if before else {},
        after={"evidence": str(evaluation_version), "stamp": verification.stamp},
    )
    transaction.on_commit(
        lambda: signals.verification_linked.send(Verification, verification_id=verification.pk)
    )
    return verification


@transaction.atomic
def measure_by(
    *,
    actor: User | None,
    criterion: Criterion,
    evaluation_version: EvaluationVersion,
    instead_of: int | None = None,
) -> None:
    """Link evidence unless it is linked. instead_of: id of the evaluation version it takes the place of, unless that gave verdicts."""
    links = criterion.verifications
    if not links.filter(evaluation_version=evaluation_version).exists():
        link_evidence(actor=actor, criterion=criterion, evaluation_version=evaluation_version)
    if instead_of and instead_of != evaluation_version.pk:
        for old in links.filter(evaluation_version=instead_of, verdicts=None):
            unlink_evidence(actor=actor, verification=old)


@transaction.atomic
def confirm_unchanged(*, actor: User, verification: Verification) -> Verification:
    """Say that what changed does not matter: the present versions become the stamp."""
    verification = Verification.objects.select_for_update(of=("self",)).get(pk=verification.pk)
    stamp = stamp_of(verification.criterion, verification.evaluation_version)
    _restamp(actor, verification, stamp, "evidence.confirmed")
    return verification


def recheck_by_run(run: Run, links: Sequence[Verification]) -> None:
    """A run of ours that was ordered after the texts changed is the re-check: the stamps take what was asked by then.

    Newer versions of the evaluation, dataset or scorer stay a reason: the run did not use them. Two queries, and three for each
    piece that is stamped anew. For callers that hold the evidence's lock.
    """
    if run.model_version.model.side != Side.OWN:
        return
    needed = dependencies_of({link.criterion.revision.requirement_id for link in links})
    agreed = _agreed_at({one.requirement_id for several in needed.values() for one in several})
    for link in links:
        revision = link.criterion.revision
        fresh = dict(link.stamp)
        if revision.approved_at and revision.approved_at <= run.asked_at:
            fresh["criterion"] = link.criterion.fingerprint
        seen = dict(fresh.get("depends_on", {}))
        for one in needed.get(revision.requirement_id, ()):
            since, name = agreed.get(one.requirement_id), str(one.requirement_id)
            if name in seen and since and since <= run.asked_at:
                seen[name] = one.fingerprint
        fresh["depends_on"] = seen
        if fresh != {"depends_on": {}} | link.stamp:
            _restamp(run.created_by, link, fresh, "evidence.run_again")


def _agreed_at(requirement_ids: set[int]) -> dict[int, datetime]:
    """When the text that stands now was agreed. One query."""
    rows = Revision.objects.filter(requirement__in=requirement_ids, status=Revision.Status.APPROVED)
    return {revision.requirement_id: revision.approved_at for revision in rows if revision.approved_at}


def _restamp(actor: User | None, verification: Verification, stamp: dict[str, Any], verb: str) -> None:
    before = verification.stamp
    verification.stamp = stamp
    verification.confirmed_by, verification.confirmed_at = actor, timezone.now()
    verification.save(update_fields=["stamp", "confirmed_by", "confirmed_at"])
    _record(actor, verification, verb, before=before, after=stamp)


@transaction.atomic
def unlink_evidence(*, actor: User | None, verification: Verification) -> None:
    """Take evidence away that gave no verdict yet; one that did stays for the record."""
    if verification.verdicts.exists():
        raise Refused(
            "This evidence gave verdicts and stays. Link the evaluation you want beside it.",
            code="has_verdicts",
        )
    _record(
        actor,
        verification,
        "evidence.unlinked",
        before={"evidence": str(verification.evaluation_version), "stamp": verification.stamp},
    )
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
