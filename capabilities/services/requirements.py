"""The life of a requirement. These functions are its only writers; an illegal move is refused with what is allowed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from capabilities import signals
from capabilities.errors import IllegalMove, LintBlocks
from capabilities.lint import lint_revision
from capabilities.models import Product, Requirement, Review, Revision, Submission
from capabilities.queries.reviews import text_of
from capabilities.services.carrying import carry_over
from capabilities.services.checking import AtFault, check_row
from capabilities.services.making import IDENTITY, Making, create_requirements
from capabilities.services.revisions import (
    current_revision,
    fingerprint_of_revision,
)
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import Alike, record, record_many

Lifecycle = Requirement.Lifecycle
MOVES: dict[str, set[str]] = {
    Lifecycle.DRAFT: {Lifecycle.IN_REVIEW, Lifecycle.DEFERRED, Lifecycle.REJECTED},
    Lifecycle.IN_REVIEW: {Lifecycle.DRAFT, Lifecycle.APPROVED, Lifecycle.DEFERRED, Lifecycle.REJECTED},
    Lifecycle.APPROVED: {Lifecycle.DEFERRED, Lifecycle.RETIRED},
    Lifecycle.DEFERRED: {Lifecycle.DRAFT},
    Lifecycle.REJECTED: {Lifecycle.DRAFT},
    Lifecycle.RETIRED: set(),
}
OPEN = (Revision.Status.DRAFT, Revision.Status.IN_REVIEW)


@transaction.atomic
def create_requirement(
    *, actor: User | None, product: Product, title: str, shall: str, **fields: Any
) -> Requirement:
    """A draft requirement with its first revision. Raises ValidationError with the fields at fault.

    fields may hold `number`: the one an import keeps.
    """
    try:
        wanted = [Making({"title": title, "shall": shall, **fields})]
        [made] = create_requirements(actor=actor, product=product, wanted=wanted)
    except AtFault as refusal:
        raise refusal.reason from refusal
    return made


@transaction.atomic
def set_fields(*, actor: User | None, requirement: Requirement, **fields: Any) -> Requirement:
    """Change what belongs to the identity: owner, intent, priority, place in the tree. Raises ValidationError."""
    requirement = locked(requirement)
    try:
        set_fields_of(actor=actor, product=requirement.product, changes=[(requirement, fields)])
    except AtFault as refusal:
        raise refusal.reason from refusal
    return requirement


def set_fields_of(
    *, actor: User | None, product: Product, changes: Sequence[tuple[Requirement, Mapping[str, Any]]]
) -> None:
    """The same for many, which the caller holds locked. Raises AtFault for the first at fault. Two queries, however many."""
    told: list[Alike] = []
    names: set[str] = set()
    for place, (requirement, fields) in enumerate(changes):
        before = _shown(requirement, fields)
        for name in before:
            setattr(requirement, name, fields[name])
        names.update(before)
        requirement.updated_at = timezone.now()
        try:
            check_row(requirement)
        except ValidationError as reason:
            raise AtFault(place, reason) from reason
        told.append(Alike([(requirement.pk, requirement.key)], before, _shown(requirement, fields)))
    if changes:
        rows = [requirement for requirement, _ in changes]
        Requirement.objects.bulk_update(rows, [*sorted(names), "updated_at"])
        record_many(
            actor=actor, verb="requirement.changed", noun="requirement", product=product.key, alike=told
        )


@transaction.atomic
def submit_for_review(*, actor: User | None, requirement: Requirement) -> Requirement:
    """Put the draft up for review and keep what it says. Raises LintBlocks with the errors to mend first."""
    requirement = locked(requirement)
    revision = current_revision(requirement)
    if revision.status == Revision.Status.IN_REVIEW:
        raise IllegalMove(f"{requirement.key} is in review already.")
    if requirement.lifecycle != Lifecycle.APPROVED:
        _check_move(requirement, Lifecycle.IN_REVIEW)
    if revision.status != Revision.Status.DRAFT:
        raise IllegalMove(f"{requirement.key} has no draft to review; edit it first.")
    errors = [finding for finding in lint_revision(revision) if finding.blocks]
    if errors:
        raise LintBlocks(
            " ".join(finding.words for finding in errors), fields={f.code: f.words for f in errors}
        )
    before = _stand(requirement, revision)
    revision.status = Revision.Status.IN_REVIEW
    revision.fingerprint = fingerprint_of_revision(revision)
    revision.save(update_fields=["status", "fingerprint"])
    Submission.objects.create(
        revision=revision, fingerprint=revision.fingerprint, text=text_of(revision), submitted_by=actor
    )
    if requirement.lifecycle != Lifecycle.APPROVED:
        _move(requirement, Lifecycle.IN_REVIEW)
    _record(actor, requirement, "requirement.submitted", before=before, after=_stand(requirement, revision))
    return requirement


@transaction.atomic
def approve(*, actor: User | None, requirement: Requirement) -> Requirement:
    """Agree the revision in review once it has enough approvals; with none required its author agrees it, and the page says so.

    Raises Refused while somebody's wish for changes, or refusal, stands against this very text.
    """
    requirement = locked(requirement)
    revision = current_revision(requirement)
    if revision.status != Revision.Status.IN_REVIEW:
        raise IllegalMove(f"{requirement.key} is not in review. Submit it for review first.")
    given = _check_answers(requirement, revision)
    before = _stand(requirement, revision)
    approved = requirement.revisions.filter(status=Revision.Status.APPROVED).first()
    if approved:
        approved.status = Revision.Status.SUPERSEDED
        approved.superseded_at = timezone.now()
        approved.save(update_fields=["status", "superseded_at"])
    revision.status = Revision.Status.APPROVED
    revision.approved_at = timezone.now()
    revision.self_agreed = given == 0
    revision.save(update_fields=["status", "approved_at", "self_agreed"])
    if approved:
        carry_over(before=approved, after=revision)
    if requirement.lifecycle != Lifecycle.APPROVED:
        _move(requirement, Lifecycle.APPROVED)
    after = _stand(requirement, revision) | {"self_agreed": revision.self_agreed}
    _record(actor, requirement, "requirement.approved", before=before, after=after)
    transaction.on_commit(lambda: signals.revision_approved.send(Revision, revision_id=revision.pk))
    return requirement


def _check_answers(requirement: Requirement, revision: Revision) -> int:
    """How many approvals stand; Refused when they are too few or an answer stands against the text."""
    needed, given = requirement.product.approvals_required, standing_approvals(revision)
    against = _standing(revision).exclude(decision=Review.Decision.APPROVE).select_related("reviewer")
    for answer in against.filter(reviewer__is_active=True)[:1]:
        wish = "asked for changes to" if answer.decision == Review.Decision.CHANGES else "declined"
        raise Refused(
            f"{answer.reviewer.shown_name} {wish} this very text. Change it, or ask them to withdraw that.",
            code="objection",
        )
    if given < needed:
        raise Refused(
            f"{needed} approvals of the text as it stands are needed; there are {given}.", code="approvals"
        )
    return given


def standing_approvals(revision: Revision) -> int:
    """Approvals by others than the author, on the current fingerprint, not withdrawn."""
    return _standing(revision).filter(decision=Review.Decision.APPROVE).count()


def _standing(revision: Revision) -> QuerySet[Review]:
    standing = revision.reviews.filter(withdrawn_at=None, fingerprint=fingerprint_of_revision(revision))
    return standing.exclude(reviewer=revision.author_id)


@transaction.atomic
def send_back(*, actor: User | None, requirement: Requirement, reason: str = "") -> Requirement:
    """Take a revision out of review so that it can be edited."""
    requirement = locked(requirement)
    revision = current_revision(requirement)
    if revision.status != Revision.Status.IN_REVIEW:
        raise IllegalMove(f"{requirement.key} is not in review.")
    before = _stand(requirement, revision)
    revision.status = Revision.Status.DRAFT
    revision.save(update_fields=["status"])
    if requirement.lifecycle == Lifecycle.IN_REVIEW:
        _move(requirement, Lifecycle.DRAFT)
    after = _stand(requirement, revision) | {"reason": reason.strip()}
    _record(actor, requirement, "requirement.sent_back", before=before, after=after)
    return requirement


@transaction.atomic
def put_aside(*, actor: User | None, requirement: Requirement, lifecycle: str, reason: str) -> Requirement:
    """Defer, reject or retire, with the reason. An open revision goes back to draft, or is discarded where a requirement ends."""
    requirement = locked(requirement)
    _check_move(requirement, lifecycle)
    if not reason.strip():
        raise Refused(f"Say why {requirement.key} is {Lifecycle(lifecycle).label.lower()}.", code="reason")
    revision = current_revision(requirement)
    before = _stand(requirement, revision)
    requirement.lifecycle_reason = reason.strip()
    if revision.status in OPEN and lifecycle == Lifecycle.RETIRED:
        revision.status = Revision.Status.DISCARDED
    elif revision.status == Revision.Status.IN_REVIEW:
        revision.status = Revision.Status.DRAFT
    revision.save(update_fields=["status"])
    _move(requirement, lifecycle)
    after = _stand(requirement, revision) | {"reason": reason.strip()}
    _record(actor, requirement, f"requirement.{lifecycle}", before=before, after=after)
    return requirement


@transaction.atomic
def reopen(*, actor: User | None, requirement: Requirement) -> Requirement:
    """Bring a deferred or rejected requirement back to draft."""
    requirement = locked(requirement)
    if requirement.lifecycle == Lifecycle.IN_REVIEW:
        raise IllegalMove(f"{requirement.key} is in review. Send it back to draft instead.")
    _check_move(requirement, Lifecycle.DRAFT)
    before = {"lifecycle": requirement.lifecycle, "reason": requirement.lifecycle_reason}
    requirement.lifecycle_reason = ""
    _move(requirement, Lifecycle.DRAFT)
    after = {"lifecycle": requirement.lifecycle, "reason": ""}
    _record(actor, requirement, "requirement.reopened", before=before, after=after)
    return requirement


@transaction.atomic
def answer_commitment(
    *, actor: User | None, requirement: Requirement, commitment: str, reason: str = ""
) -> Requirement:
    """Research's answer, with who gave it and when. Infeasible needs a reason; what ended is answered no more."""
    requirement = locked(requirement)
    if requirement.lifecycle in {Lifecycle.REJECTED, Lifecycle.RETIRED}:
        state = requirement.get_lifecycle_display().lower()
        raise IllegalMove(f"{requirement.key} is {state}; there is nothing to answer.")
    if commitment == Requirement.Commitment.INFEASIBLE and not reason.strip():
        raise Refused("Say why it is infeasible, so that the requirement can be changed.", code="reason")
    before = {"commitment": requirement.commitment, "reason": requirement.commitment_reason}
    requirement.commitment, requirement.commitment_reason = commitment, reason.strip()
    requirement.commitment_by, requirement.commitment_at = actor, timezone.now()
    requirement.full_clean()
    requirement.save(
        update_fields=[
            "commitment",
            "commitment_reason",
            "commitment_by",
            "commitment_at",
            "updated_at",
        ]
    )
    after = {"commitment": commitment, "reason": reason.strip()}
    _record(actor, requirement, "requirement.answered", before=before, after=after)
    return requirement


def locked(requirement: Requirement) -> Requirement:
    """The requirement as stored, held until the commit: every move of it and of its revisions takes this lock first."""
    return (
        Requirement.objects.select_for_update(of=("self",)).select_related("product").get(pk=requirement.pk)
    )


def _check_move(requirement: Requirement, target: str) -> None:
    allowed = MOVES[requirement.lifecycle]
    if target not in allowed:
        ways = " or ".join(sorted(Lifecycle(way).label.lower() for way in allowed)) or "nothing else"
        state = requirement.get_lifecycle_display().lower()
        raise IllegalMove(f"{requirement.key} is {state}; from there it can become {ways}.")


def _move(requirement: Requirement, target: str) -> None:
    _check_move(requirement, target)
    requirement.lifecycle = target
    requirement.save(update_fields=["lifecycle", "lifecycle_reason", "updated_at"])


def _stand(requirement: Requirement, revision: Revision) -> dict[str, Any]:
    """Where both are, for the audit."""
    return {"lifecycle": requirement.lifecycle, "revision": revision.number, "status": revision.status}


def _shown(requirement: Requirement, names: Iterable[str]) -> dict[str, str]:
    """Fields as the audit holds them: people by number, since nobody may take a name out of it later."""
    return {
        name: f"person {requirement.owner_id}" if name == "owner" else str(getattr(requirement, name))
        for name in names
        if name in IDENTITY
    }


def _record(actor: User | None, requirement: Requirement, verb: str, **details: Any) -> None:
    record(
        actor=actor,
        verb=verb,
        noun="requirement",
        object_id=requirement.pk,
        label=requirement.key,
        product=requirement.product.key,
        **details,
    )
