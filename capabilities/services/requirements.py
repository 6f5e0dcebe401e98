"""The life of a requirement. These functions are its only writers; an illegal move is refused with what is allowed."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from capabilities import signals
from capabilities.errors import IllegalMove, LintBlocks
from capabilities.lint import lint_revision
from capabilities.models import Product, Requirement, Review, Revision
from capabilities.services.products import take_number
from capabilities.services.revisions import (
    PARTS,
    current_revision,
    fingerprint_of_revision,
    refresh_fingerprint,
)
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record

Lifecycle = Requirement.Lifecycle
MOVES: dict[str, set[str]] = {
    Lifecycle.DRAFT: {Lifecycle.IN_REVIEW, Lifecycle.DEFERRED, Lifecycle.REJECTED},
    Lifecycle.IN_REVIEW: {Lifecycle.DRAFT, Lifecycle.APPROVED, Lifecycle.DEFERRED, Lifecycle.REJECTED},
    Lifecycle.APPROVED: {Lifecycle.DEFERRED, Lifecycle.RETIRED},
    Lifecycle.DEFERRED: {Lifecycle.DRAFT},
    Lifecycle.REJECTED: {Lifecycle.DRAFT},
    Lifecycle.RETIRED: set(),
}
FIELDS = ("capability", "objective", "kind", "priority", "intent", "owner", "target", "tags", "position")


@transaction.atomic
def create_requirement(
    *, actor: User | None, product: Product, title: str, shall: str, **fields: Any
) -> Requirement:
    """A draft requirement with its first revision. Raises ValidationError with the fields at fault."""
    identity = {name: value for name, value in fields.items() if name in FIELDS}
    words = {name: value for name, value in fields.items() if name in PARTS}
    requirement = Requirement(product=product, number=take_number(product), **({"owner": actor} | identity))
    requirement.full_clean()
    requirement.save()
    revision = Revision(requirement=requirement, number=1, title=title, shall=shall, author=actor, **words)
    revision.full_clean(exclude=["fingerprint"])
    revision.save()
    refresh_fingerprint(revision)
    _record(actor, requirement, "requirement.created", after={"title": title})
    return requirement


@transaction.atomic
def set_fields(*, actor: User | None, requirement: Requirement, **fields: Any) -> Requirement:
    """Change what belongs to the identity: owner, intent, priority, place in the tree. Raises ValidationError."""
    requirement = _locked(requirement)
    before = {name: str(getattr(requirement, name)) for name in fields if name in FIELDS}
    for name in before:
        setattr(requirement, name, fields[name])
    requirement.full_clean()
    requirement.save()
    _record(
        actor,
        requirement,
        "requirement.changed",
        before=before,
        after={name: str(fields[name]) for name in before},
    )
    return requirement


@transaction.atomic
def submit_for_review(*, actor: User | None, requirement: Requirement) -> Requirement:
    """Put the draft up for review. Raises LintBlocks with the errors to mend first."""
    requirement = _locked(requirement)
    revision = current_revision(requirement)
    if revision.status != Revision.Status.DRAFT:
        raise IllegalMove(f"{requirement.key} has no draft to review; edit it first.")
    if requirement.lifecycle != Lifecycle.APPROVED:
        _check_move(requirement, Lifecycle.IN_REVIEW)
    errors = [finding for finding in lint_revision(revision) if finding.blocks]
    if errors:
        raise LintBlocks(
            " ".join(finding.sentence for finding in errors), fields={f.code: f.sentence for f in errors}
        )
    revision.status = Revision.Status.IN_REVIEW
    revision.fingerprint = fingerprint_of_revision(revision)
    revision.save(update_fields=["status", "fingerprint"])
    if requirement.lifecycle != Lifecycle.APPROVED:
        _move(requirement, Lifecycle.IN_REVIEW)
    _record(actor, requirement, "requirement.submitted", after={"revision": revision.number})
    return requirement


@transaction.atomic
def approve(*, actor: User | None, requirement: Requirement) -> Requirement:
    """Agree the revision in review once it has enough approvals; with none required its author agrees it, and the page says so."""
    requirement = _locked(requirement)
    revision = current_revision(requirement)
    if revision.status != Revision.Status.IN_REVIEW:
        raise IllegalMove(f"{requirement.key} is not in review. Submit it for review first.")
    needed = requirement.product.approvals_required
    given = standing_approvals(revision)
    if given < needed:
        raise Refused(
            f"{needed} approvals of the text as it stands are needed; there are {given}.", code="approvals"
        )
    approved = requirement.revisions.filter(status=Revision.Status.APPROVED).first()
    if approved:
        approved.status = Revision.Status.SUPERSEDED
        approved.superseded_at = timezone.now()
        approved.save(update_fields=["status", "superseded_at"])
    revision.status = Revision.Status.APPROVED
    revision.approved_at = timezone.now()
    revision.self_agreed = given == 0
    revision.save(update_fields=["status", "approved_at", "self_agreed"])
    if requirement.lifecycle != Lifecycle.APPROVED:
        _move(requirement, Lifecycle.APPROVED)
    _record(
        actor,
        requirement,
        "requirement.approved",
        after={"revision": revision.number, "self_agreed": revision.self_agreed},
    )
    transaction.on_commit(lambda: signals.revision_approved.send(Revision, revision_id=revision.pk))
    return requirement


def standing_approvals(revision: Revision) -> int:
    """Approvals by others than the author, on the current fingerprint, not withdrawn."""
    reviews = revision.reviews.filter(
        decision=Review.Decision.APPROVE, withdrawn_at=None, fingerprint=fingerprint_of_revision(revision)
    )
    return reviews.exclude(reviewer=revision.author_id).count()


@transaction.atomic
def send_back(*, actor: User | None, requirement: Requirement, reason: str = "") -> Requirement:
    """Take a revision out of review so that it can be edited."""
    requirement = _locked(requirement)
    revision = current_revision(requirement)
    if revision.status != Revision.Status.IN_REVIEW:
        raise IllegalMove(f"{requirement.key} is not in review.")
    revision.status = Revision.Status.DRAFT
    revision.save(update_fields=["status"])
    if requirement.lifecycle == Lifecycle.IN_REVIEW:
        _move(requirement, Lifecycle.DRAFT)
    _record(actor, requirement, "requirement.sent_back", after={"reason": reason})
    return requirement


@transaction.atomic
def put_aside(*, actor: User | None, requirement: Requirement, lifecycle: str, reason: str) -> Requirement:
    """Defer, reject or retire, with the reason. An open revision goes back to draft (or is discarded when retired)."""
    requirement = _locked(requirement)
    if not reason.strip():
        raise Refused(f"Say why {requirement.key} is {Lifecycle(lifecycle).label.lower()}.", code="reason")
    _check_move(requirement, lifecycle)
    requirement.lifecycle_reason = reason.strip()
    revision = current_revision(requirement)
    if revision.status == Revision.Status.IN_REVIEW:
        revision.status = Revision.Status.DRAFT
        revision.save(update_fields=["status"])
    _move(requirement, lifecycle)
    _record(actor, requirement, f"requirement.{lifecycle}", after={"reason": reason.strip()})
    return requirement


@transaction.atomic
def reopen(*, actor: User | None, requirement: Requirement) -> Requirement:
    """Bring a deferred or rejected requirement back to draft."""
    requirement = _locked(requirement)
    _check_move(requirement, Lifecycle.DRAFT)
    requirement.lifecycle_reason = ""
    _move(requirement, Lifecycle.DRAFT)
    _record(actor, requirement, "requirement.reopened")
    return requirement


@transaction.atomic
def answer_commitment(
    *, actor: User | None, requirement: Requirement, commitment: str, reason: str = ""
) -> Requirement:
    """Research's answer. Infeasible needs a reason."""
    requirement = _locked(requirement)
    if commitment == Requirement.Commitment.INFEASIBLE and not reason.strip():
        raise Refused("Say why it is infeasible, so that the requirement can be changed.", code="reason")
    before = requirement.commitment
    requirement.commitment, requirement.commitment_reason = commitment, reason.strip()
    requirement.full_clean()
    requirement.save(update_fields=["commitment", "commitment_reason", "updated_at"])
    _record(
        actor,
        requirement,
        "requirement.answered",
        before={"commitment": before},
        after={"commitment": commitment},
    )
    return requirement


def _locked(requirement: Requirement) -> Requirement:
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
