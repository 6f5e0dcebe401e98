"""What a requirement says: the statement's parts, and its fingerprint."""

from typing import Any

from django.db import transaction
from django.db.models import Max

from capabilities.errors import EditedMeanwhile, IllegalMove
from capabilities.models import Criterion, Requirement, Revision, Verification
from config.people.models import User
from config.people.services.audit import record
from evaluations.canonical import sha256_of

STATEMENT = ("while_part", "when_part", "where_part", "if_part", "shall")
PARTS = ("title", *STATEMENT, "rationale", "out_of_scope", "examples", "change_kind", "note")


def fingerprint_of_revision(revision: Revision) -> str:
    """SHA-256 over the statement and the criteria's fingerprints by key; the title and the reasons do not count."""
    criteria = sorted(revision.criteria.values_list("key", "fingerprint"))
    statement = {part: getattr(revision, part).strip() for part in STATEMENT}
    return sha256_of({"statement": statement, "criteria": [list(pair) for pair in criteria]})


def refresh_fingerprint(revision: Revision) -> None:
    """Store the fingerprint after the statement or a criterion changed."""
    revision.fingerprint = fingerprint_of_revision(revision)
    revision.save(update_fields=["fingerprint"])


def current_revision(requirement: Requirement) -> Revision:
    """The open revision if there is one, else the approved one, else the newest."""
    by_status = {revision.status: revision for revision in requirement.revisions.order_by("number")}
    for status in (Revision.Status.DRAFT, Revision.Status.IN_REVIEW, Revision.Status.APPROVED):
        if status in by_status:
            return by_status[status]
    return requirement.revisions.order_by("-number")[0]


@transaction.atomic
def open_revision(*, actor: User | None, requirement: Requirement) -> Revision:
    """The draft to edit: the open one, else a copy of the approved one with its criteria and evidence."""
    requirement = (
        Requirement.objects.select_for_update(of=("self",)).select_related("product").get(pk=requirement.pk)
    )
    source = current_revision(requirement)
    if source.status == Revision.Status.DRAFT:
        return source
    if source.status == Revision.Status.IN_REVIEW:
        raise IllegalMove("This revision is in review. Send it back to draft before you edit it.")
    if requirement.lifecycle not in {Requirement.Lifecycle.APPROVED, Requirement.Lifecycle.DRAFT}:
        raise IllegalMove(
            f"{requirement.key} is {requirement.get_lifecycle_display().lower()}. Reopen it before you edit it."
        )
    return copy_revision(actor=actor, source=source)


@transaction.atomic
def copy_revision(*, actor: User | None, source: Revision) -> Revision:
    """A new draft that says what `source` says; evidence comes along where the criterion is the same."""
    last = source.requirement.revisions.aggregate(last=Max("number"))["last"]
    fields = {part: getattr(source, part) for part in PARTS if part not in {"change_kind", "note"}}
    revision = Revision.objects.create(
        requirement=source.requirement, number=last + 1, author=actor, **fields
    )
    for criterion in source.criteria.prefetch_related("verifications"):
        _copy_criterion(criterion, revision)
    refresh_fingerprint(revision)
    return revision


def _copy_criterion(criterion: Criterion, revision: Revision) -> None:
    links = list(criterion.verifications.all())
    copy = Criterion.objects.get(pk=criterion.pk)
    copy.pk, copy._state.adding, copy.revision = None, True, revision
    copy.save()
    Verification.objects.bulk_create(
        Verification(
            criterion=copy,
            evaluation_version_id=link.evaluation_version_id,
            stamp=link.stamp,
            confirmed_by_id=link.confirmed_by_id,
        )
        for link in links
    )


@transaction.atomic
def edit_revision(
    *, actor: User | None, requirement: Requirement, expected_edit_count: int | None, fields: dict[str, Any]
) -> Revision:
    """Write the statement's parts into the open draft, opening one where the approved revision stands.

    expected_edit_count: what the editor saw; None for doors that replace on purpose. Raises EditedMeanwhile with the other's text when
    somebody saved in between, ValidationError with the fields at fault.
    """
    revision = open_revision(actor=actor, requirement=requirement)
    revision = (
        Revision.objects.select_for_update(of=("self",))
        .select_related("requirement__product")
        .get(pk=revision.pk)
    )
    if expected_edit_count is not None and revision.edit_count != expected_edit_count:
        theirs = {part: getattr(revision, part) for part in PARTS}
        raise EditedMeanwhile(
            "Somebody saved this requirement while you were writing. Compare and save again.", fields=theirs
        )
    before = {part: getattr(revision, part) for part in PARTS if part in fields}
    for part in PARTS:
        if part in fields:
            setattr(revision, part, fields[part])
    revision.edit_count += 1
    revision.full_clean(exclude=["requirement", "fingerprint"])
    revision.save()
    refresh_fingerprint(revision)
    _record(actor, revision, "requirement.edited", before, {part: fields[part] for part in before})
    return revision


@transaction.atomic
def discard_revision(*, actor: User | None, requirement: Requirement) -> None:
    """Throw away the open draft; what was approved stands."""
    revision = requirement.revisions.filter(
        status__in=[Revision.Status.DRAFT, Revision.Status.IN_REVIEW]
    ).first()
    if revision is None or revision.number == 1:
        raise IllegalMove("There is no open revision to discard; a first draft is rejected instead.")
    revision.status = Revision.Status.DISCARDED
    revision.save(update_fields=["status"])
    _record(actor, revision, "requirement.revision_discarded", {}, {})


def _record(
    actor: User | None, revision: Revision, verb: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    requirement = revision.requirement
    record(
        actor=actor,
        verb=verb,
        noun="requirement",
        object_id=requirement.pk,
        label=requirement.key,
        product=requirement.product.key,
        before=before,
        after=after | {"revision": revision.number},
    )
