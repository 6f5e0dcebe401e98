"""Datasets: a draft is edited, publishing freezes it, and what is frozen is never written again."""

from collections.abc import Iterable, Sequence
from typing import TypedDict, Unpack

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from config.errors import Conflict, Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.canonical import sha256_of
from evaluations.importers.cases import CaseRow
from evaluations.models import Case, Dataset, DatasetVersion, DatasetVersionCase
from evaluations.queries.duplicates import Overlap, overlaps_of
from evaluations.services.media import refuse_lacking
from evaluations.services.stored_cases import stored_cases

BATCH = 2_000


class DatasetFacts(TypedDict, total=False):
    """What a dataset says of itself beside its name."""

    description: str
    origin: str
    licence: str
    purpose: str
    may_leave: bool
    canary: str


class DatasetChanges(TypedDict, total=False):
    """What may be said otherwise later."""

    name: str
    description: str
    origin: str
    licence: str
    purpose: str
    may_leave: bool


@transaction.atomic
def create_dataset(*, actor: User | None, slug: str, name: str, **facts: Unpack[DatasetFacts]) -> Dataset:
    """A dataset with an empty draft as version 1. Raises ValidationError with the fields at fault."""
    dataset = Dataset(slug=slug, name=name, **facts)
    dataset.full_clean()
    dataset.save()
    DatasetVersion.objects.create(dataset=dataset, number=1)
    record(
        actor=actor,
        verb="dataset.created",
        noun="dataset",
        object_id=dataset.pk,
        label=slug,
        after=dict(facts),
    )
    return dataset


@transaction.atomic
def change_dataset(*, actor: User | None, dataset: Dataset, **changes: Unpack[DatasetChanges]) -> Dataset:
    """Say it otherwise; what is the same already leaves no note.

    Raises Refused for a purpose that stays, ValidationError with the fields at fault. `may_leave` counts for runs started from now on.
    """
    dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
    differing = {name: value for name, value in changes.items() if getattr(dataset, name) != value}
    if not differing:
        return dataset
    if "purpose" in differing and (reason := purpose_stays(dataset)):
        raise Refused(reason, code="purpose_stays", fields={"purpose": reason})
    before = {name: getattr(dataset, name) for name in differing}
    for name, value in differing.items():
        setattr(dataset, name, value)
    dataset.full_clean()
    dataset.save(update_fields=list(differing))
    record(
        actor=actor,
        verb="dataset.changed",
        noun="dataset",
        object_id=dataset.pk,
        label=dataset.slug,
        before=before,
        after=differing,
    )
    return dataset


def purpose_stays(dataset: Dataset) -> str:
    """Why its purpose cannot change any more, empty while it can. One query."""
    versions = dataset.versions.all()
    if any(version.frozen_at for version in versions):
        return "The purpose stays since a version is published: results rest on it. Make another dataset."
    if dataset.purpose == Dataset.Purpose.TEST and any(version.case_count for version in versions):
        return "The purpose stays: test cases in it would become open to everybody. Make another dataset."
    return ""


@transaction.atomic
def open_draft(*, actor: User | None, dataset: Dataset) -> DatasetVersion:
    """The draft, opened as a copy of the newest version when there is none."""
    dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if draft := dataset.versions.filter(frozen_at=None).first():
        return draft
    newest = dataset.versions.order_by("-number").first()
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=(newest.number if newest else 0) + 1,
        case_count=newest.case_count if newest else 0,
    )
    if newest:
        entries = newest.entries.order_by("position").values_list("case_id", "key", "position").iterator()
        _add_entries(
            DatasetVersionCase(version=version, case_id=case, key=key, position=position)
            for case, key, position in entries
        )
    record(actor=actor, verb="dataset.drafted", noun="dataset", object_id=dataset.pk, label=str(version))
    return version


@transaction.atomic
def add_cases(*, actor: User | None, version: DatasetVersion, cases: Sequence[CaseRow]) -> int:
    """Append cases to a draft; returns how many. A key that is already there is a Conflict, nothing is added."""
    version = locked_draft(version)
    keys = [row.key for row in cases]
    taken = set(version.entries.filter(key__in=keys).values_list("key", flat=True))
    doubled = taken | {key for key in keys if keys.count(key) > 1} if len(set(keys)) < len(keys) else taken
    if doubled:
        names = ", ".join(sorted(doubled)[:5])
        raise Conflict(f"These keys are there already: {names}. Give each case a key of its own.")
    refuse_lacking(cases)
    rows = stored_cases(version.dataset, cases)
    last = version.entries.aggregate(last=Max("position"))["last"]
    start = 0 if last is None else last + 1
    _add_entries(
        DatasetVersionCase(version=version, case_id=case_id, key=row.key, position=start + index)
        for index, (row, case_id) in enumerate(zip(cases, rows, strict=True))
    )
    _recount(version)
    record(
        actor=actor,
        verb="dataset.cases_added",
        noun="dataset",
        object_id=version.dataset_id,
        label=str(version),
        after={"cases": len(cases)},
    )
    return len(cases)


@transaction.atomic
def replace_case(*, actor: User | None, version: DatasetVersion, row: CaseRow) -> Case:
    """Put new content under an existing key of a draft; the old row stays for the versions that use it."""
    version = locked_draft(version)
    entry = version.entries.filter(key=row.key).first()
    if entry is None:
        raise Refused(f"The draft has no case {row.key}.", code="unknown_case")
    refuse_lacking([row])
    [case_id] = stored_cases(version.dataset, [row])
    entry.case_id = case_id
    entry.save(update_fields=["case"])
    record(
        actor=actor,
        verb="dataset.case_changed",
        noun="dataset",
        object_id=version.dataset_id,
        label=f"{version} {row.key}",
    )
    return Case.objects.select_related("content").get(pk=case_id)


@transaction.atomic
def remove_case(*, actor: User | None, version: DatasetVersion, key: str) -> None:
    """Take a case out of a draft."""
    version = locked_draft(version)
    if not version.entries.filter(key=key).delete()[0]:
        raise Refused(f"The draft has no case {key}.", code="unknown_case")
    _recount(version)
    record(
        actor=actor,
        verb="dataset.case_removed",
        noun="dataset",
        object_id=version.dataset_id,
        label=f"{version} {key}",
    )


@transaction.atomic
def publish_version(
    *, actor: User | None, version: DatasetVersion, overlap_reason: str = ""
) -> DatasetVersion:
    """Freeze a draft: from now on evaluations may use it and the database refuses any change.

    overlap_reason: why it may share inputs with datasets of the other purpose. Raises Refused where it does and no reason is given.
    """
    version = locked_draft(version)
    pairs = list(version.entries.order_by("position").values_list("key", "case__hash"))
    if not pairs:
        raise Refused("A version without cases cannot be published. Add cases first.", code="empty")
    overlaps = overlaps_of(version)
    if overlaps and not overlap_reason.strip():
        raise Refused(_never_mix(version, overlaps), code="split", fields={"overlap_reason": "Say why."})
    version.overlap_reason = overlap_reason.strip()
    version.case_count = len(pairs)
    version.hash = sha256_of([list(pair) for pair in pairs])
    version.frozen_at = timezone.now()
    version.save(update_fields=["case_count", "hash", "frozen_at", "overlap_reason"])
    record(
        actor=actor,
        verb="dataset.published",
        noun="dataset",
        object_id=version.dataset_id,
        label=str(version),
        after={"cases": len(pairs), "hash": version.hash}
        | ({"overlaps": len(overlaps), "overlap_reason": version.overlap_reason} if overlaps else {}),
    )
    return version


def _never_mix(version: DatasetVersion, overlaps: Sequence[Overlap]) -> str:
    keys = {one.key for one in overlaps}
    theirs = "a test dataset" if version.dataset.purpose == Dataset.Purpose.DEV else "a development dataset"
    first = overlaps[0]
    count = "1 case has an input" if len(keys) == 1 else f"{len(keys):,} cases have an input"
    return (
        f"{count} that {theirs} has too, first {first.key} ({first.other_dataset}, {first.other_key}). "
        "Development and test must not mix: take them out, or say why it may be."
    )


@transaction.atomic
def retire_version(*, actor: User | None, version: DatasetVersion, reason: str) -> DatasetVersion:
    """Say that a published version should no longer be used, and why."""
    version = (
        DatasetVersion.objects.select_for_update(of=("self",)).select_related("dataset").get(pk=version.pk)
    )
    if version.state != "frozen":
        raise Refused(
            f"Only a published version can be retired; {version} is a {version.state}.", code="state"
        )
    if not reason.strip():
        raise Refused("Say why the version is retired.", code="reason")
    version.retired_at = timezone.now()
    version.retired_reason = reason.strip()
    version.save(update_fields=["retired_at", "retired_reason"])
    record(
        actor=actor,
        verb="dataset.retired",
        noun="dataset",
        object_id=version.dataset_id,
        label=str(version),
        after={"reason": reason},
    )
    return version


def locked_draft(version: DatasetVersion) -> DatasetVersion:
    """The version read again under lock. Raises Refused when it is not a draft."""
    fresh = (
        DatasetVersion.objects.select_for_update(of=("self",)).select_related("dataset").get(pk=version.pk)
    )
    if fresh.frozen_at:
        raise Refused(f"{fresh} is published and cannot change. Open a new draft.", code="frozen")
    return fresh


def _add_entries(entries: Iterable[DatasetVersionCase]) -> None:
    DatasetVersionCase.objects.bulk_create(list(entries), batch_size=BATCH)


def _recount(version: DatasetVersion) -> None:
    version.case_count = version.entries.count()
    version.save(update_fields=["case_count"])
