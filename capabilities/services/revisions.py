"""What a requirement says: the statement's parts, and its fingerprint."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from capabilities.errors import EditedMeanwhile, IllegalMove
from capabilities.models import Criterion, Requirement, Revision, Verification
from capabilities.services.checking import AtFault, check_row
from config.people.models import User
from config.people.services.audit import Alike, record, record_many
from evaluations.canonical import sha256_of

STATEMENT = ("while_part", "when_part", "where_part", "if_part", "shall")
PARTS = ("title", *STATEMENT, "rationale", "out_of_scope", "examples", "change_kind", "note")


def fingerprint_of_revision(revision: Revision) -> str:
    """SHA-256 over the statement and the criteria's fingerprints by key; the title and the reasons do not count."""
    return fingerprint_with(revision, revision.criteria.values_list("key", "fingerprint"))


def fingerprint_with(revision: Revision, pairs: Iterable[tuple[str, str]]) -> str:
    """The same, with the key and the fingerprint of each criterion at hand. No query."""
    criteria = sorted(pairs)
    statement = {part: getattr(revision, part).strip() for part in STATEMENT}
    return sha256_of({"statement": statement, "criteria": [list(pair) for pair in criteria]})


def refresh_fingerprint(revision: Revision) -> None:
    """Store the fingerprint after the statement or a criterion changed."""
    revision.fingerprint = fingerprint_of_revision(revision)
    revision.save(update_fields=["fingerprint"])


def current_revision(requirement: Requirement) -> Revision:
    """The open revision if there is one, else the approved one, else the newest."""
    return current_revisions([requirement])[requirement.pk]


def current_revisions(requirements: Iterable[Requirement]) -> dict[int, Revision]:
    """The same of many, by requirement id. One query."""
    rank = {Revision.Status.DRAFT: 3, Revision.Status.IN_REVIEW: 2, Revision.Status.APPROVED: 1}
    found: dict[int, Revision] = {}
    rows = Revision.objects.filter(requirement__in=list(requirements)).order_by("number")
    for revision in rows.select_related("requirement__product"):
        before = found.get(revision.requirement_id)
        if before is None or rank.get(revision.status, 0) >= rank.get(before.status, 0):  # type: ignore[call-overload]
            found[revision.requirement_id] = revision
    return found


@transaction.atomic
def open_revision(*, actor: User | None, requirement: Requirement) -> Revision:
    """The draft to edit: the open one, else a copy of the approved one with its criteria and evidence."""
    locked = (
        Requirement.objects.select_for_update(of=("self",)).select_related("product").get(pk=requirement.pk)
    )
    try:
        return open_revisions(actor=actor, requirements=[locked])[locked.pk]
    except AtFault as refusal:
        raise refusal.reason from refusal


def open_revisions(*, actor: User | None, requirements: Sequence[Requirement]) -> dict[int, Revision]:
    """The same of many of one product, which the caller holds locked. Raises AtFault. Up to eight queries, however many."""
    current = current_revisions(requirements)
    life = Requirement.Lifecycle
    for place, requirement in enumerate(requirements):
        if current[requirement.pk].status == Revision.Status.IN_REVIEW:
            words = "This revision is in review. Send it back to draft before you edit it."
            raise AtFault(place, IllegalMove(words))
        if requirement.lifecycle not in {life.APPROVED, life.DRAFT}:
            state = requirement.get_lifecycle_display().lower()
            ended = requirement.lifecycle == life.RETIRED
            way = "It stays as it is" if ended else "Reopen it before you edit it"
            raise AtFault(place, IllegalMove(f"{requirement.key} is {state}. {way}."))
    agreed = [one for one in current.values() if one.status != Revision.Status.DRAFT]
    return current | {one.requirement_id: one for one in copy_revisions(actor=actor, sources=agreed)}


@transaction.atomic
def copy_revision(*, actor: User | None, source: Revision) -> Revision:
    """A new draft that says what `source` says; evidence comes along where the criterion is the same."""
    [copy] = copy_revisions(actor=actor, sources=[source])
    return copy


@transaction.atomic
def copy_revisions(*, actor: User | None, sources: Sequence[Revision]) -> list[Revision]:
    """The same of many, of one product. Seven queries, none without sources."""
    if not sources:
        return []
    rows = Revision.objects.filter(requirement__in=[one.requirement_id for one in sources]).order_by()
    last = {
        one["requirement"]: one
        for one in rows.values("requirement").annotate(last=Max("number"), count=Max("edit_count"))
    }
    of: dict[int, list[Criterion]] = defaultdict(list)
    for criterion in Criterion.objects.filter(revision__in=sources).prefetch_related("verifications"):
        of[criterion.revision_id].append(criterion)
    copies = [_copy(actor, source, last[source.requirement_id]) for source in sources]
    for source, copy in zip(sources, copies, strict=True):
        copy.fingerprint = fingerprint_with(copy, [(one.key, one.fingerprint) for one in of[source.pk]])
    Revision.objects.bulk_create(copies)
    _copy_criteria(
        [(one, copy) for source, copy in zip(sources, copies, strict=True) for one in of[source.pk]]
    )
    _record_many(
        actor,
        "requirement.revision_opened",
        [(copy, {"revision": source.number}, {}) for source, copy in zip(sources, copies, strict=True)],
    )
    return copies


def _copy(actor: User | None, source: Revision, last: Mapping[str, int]) -> Revision:
    return Revision(
        requirement=source.requirement,
        number=last["last"] + 1,
        edit_count=last["count"],
        author=actor,
        loosened_after_miss=source.loosened_after_miss,
        **{part: getattr(source, part) for part in PARTS if part not in {"change_kind", "note"}},
    )


def _copy_criteria(pairs: Sequence[tuple[Criterion, Revision]]) -> None:
    """Each criterion into its new revision, with its evidence. Two queries."""
    names = [
        field.attname for field in Criterion._meta.concrete_fields if field.name not in {"id", "revision"}
    ]
    copies = [
        Criterion(revision=revision, **{name: getattr(criterion, name) for name in names})
        for criterion, revision in pairs
    ]
    Criterion.objects.bulk_create(copies)
    Verification.objects.bulk_create(
        Verification(
            criterion=copy,
            evaluation_version_id=link.evaluation_version_id,
            stamp=link.stamp,
            confirmed_by_id=link.confirmed_by_id,
            confirmed_at=link.confirmed_at,
            origin_id=link.origin_id or link.pk,
        )
        for (criterion, _), copy in zip(pairs, copies, strict=True)
        for link in criterion.verifications.all()
    )


@transaction.atomic
def edit_revision(
    *, actor: User | None, requirement: Requirement, expected_edit_count: int | None, fields: dict[str, Any]
) -> Revision:
    """Write the statement's parts into the open draft, opening one where the approved revision stands.

    expected_edit_count: what the editor saw, of the revision that was current then; it only ever grows. None for doors that replace on
    purpose. Raises EditedMeanwhile with the other's text when somebody saved in between, ValidationError with the fields at fault.
    """
    locked = (
        Requirement.objects.select_for_update(of=("self",)).select_related("product").get(pk=requirement.pk)
    )
    current = current_revision(locked)
    if expected_edit_count is not None and current.edit_count != expected_edit_count:
        theirs = {part: getattr(current, part) for part in PARTS} | {"edit_count": current.edit_count}
        raise EditedMeanwhile(
            "Somebody saved this requirement while you were writing. Compare and save again.", fields=theirs
        )
    try:
        [revision] = edit_revisions(actor=actor, changes=[(locked, fields)])
    except AtFault as refusal:
        raise refusal.reason from refusal
    return revision


def edit_revisions(
    *, actor: User | None, changes: Sequence[tuple[Requirement, Mapping[str, Any]]]
) -> list[Revision]:
    """The same for many of one product, which the caller holds locked, replacing on purpose. Raises AtFault. Up to eleven queries."""
    if not changes:
        return []
    opened = open_revisions(actor=actor, requirements=[requirement for requirement, _ in changes])
    pairs: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = Criterion.objects.filter(revision__in=opened.values()).order_by()
    for pk, key, fingerprint in rows.values_list("revision", "key", "fingerprint"):
        pairs[pk].append((key, fingerprint))
    told = []
    for place, (requirement, fields) in enumerate(changes):
        revision = opened[requirement.pk]
        before = {part: getattr(revision, part) for part in PARTS if part in fields}
        for part in before:
            setattr(revision, part, fields[part])
        revision.edit_count += 1
        try:
            check_row(revision, without=("fingerprint",))
        except ValidationError as reason:
            raise AtFault(place, reason) from reason
        revision.fingerprint = fingerprint_with(revision, pairs[revision.pk])
        told.append((revision, before, {part: fields[part] for part in before}))
    edited = [revision for revision, _, _ in told]
    Revision.objects.bulk_update(edited, [*PARTS, "edit_count", "fingerprint"])
    _record_many(actor, "requirement.edited", told)
    return edited


@transaction.atomic
def discard_revision(*, actor: User | None, requirement: Requirement) -> None:
    """Throw away the open draft; what was approved stands."""
    requirement = (
        Requirement.objects.select_for_update(of=("self",)).select_related("product").get(pk=requirement.pk)
    )
    revision = requirement.revisions.filter(
        status__in=[Revision.Status.DRAFT, Revision.Status.IN_REVIEW]
    ).first()
    if revision is None or revision.number == 1:
        raise IllegalMove("There is no open revision to discard; a first draft is rejected instead.")
    before = {"revision": revision.number, "status": revision.status, "lifecycle": requirement.lifecycle}
    revision.status = Revision.Status.DISCARDED
    revision.save(update_fields=["status"])
    if requirement.lifecycle == Requirement.Lifecycle.IN_REVIEW:
        requirement.lifecycle = Requirement.Lifecycle.DRAFT
        requirement.save(update_fields=["lifecycle", "updated_at"])
    after = {"status": revision.status, "lifecycle": requirement.lifecycle}
    _record(actor, revision, "requirement.revision_discarded", before, after)


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


def _record_many(
    actor: User | None, verb: str, told: Sequence[tuple[Revision, Mapping[str, Any], Mapping[str, Any]]]
) -> None:
    """Revisions of one product, each with what was before and after. One query."""
    alike = [
        Alike(
            [(revision.requirement_id, revision.requirement.key)],
            before,
            dict(after) | {"revision": revision.number},
        )
        for revision, before, after in told
    ]
    product = told[0][0].requirement.product.key
    record_many(actor=actor, verb=verb, noun="requirement", product=product, alike=alike)
