"""The dataset version that holds exactly a log's cases: found again where there is one, else made."""

from collections.abc import Iterator, Sequence
from itertools import islice

from django.db.models import Max

from config.errors import Refused
from config.people.models import User
from config.prepared import prepared_cursor
from evaluations.importers import CaseRow, LaidOut
from evaluations.models import Case, Dataset, DatasetVersion
from evaluations.services.datasets import create_dataset, publish_version
from evaluations.services.stored_cases import stored_cases

CHUNK = 2_000
ENTRIES = """
INSERT INTO evaluations_datasetversioncase (version_id, case_id, key, position)
SELECT %s, entry.case_id, entry.key, entry.number - 1
FROM unnest(%b::bigint[], %b::text[]) WITH ORDINALITY AS entry(case_id, key, number)
"""


def dataset_of(*, actor: User, slug: str, name: str, purpose: str, origin: str) -> Dataset:
    """The dataset called `slug`, made where there is none. Raises ValidationError."""
    existing = Dataset.objects.filter(slug=slug).first()
    return existing or create_dataset(
        actor=actor, slug=slug, name=name[:120], purpose=purpose, origin=origin[:300]
    )


def version_of(*, actor: User, dataset: Dataset, laid: LaidOut, overlap_reason: str = "") -> DatasetVersion:
    """The published version with these cases and no other. Inside a transaction. Raises Refused, also what publishing refuses.

    A case that is in the dataset with the same key, input and target is that case, whatever else the log says of it.
    """
    Dataset.objects.select_for_update().get(pk=dataset.pk)
    ids = _case_ids(dataset, laid)
    return _same_cases(dataset, set(ids.values())) or _new_version(actor, dataset, ids, overlap_reason)


def _case_ids(dataset: Dataset, laid: LaidOut) -> dict[str, int]:
    """By key, in the log's order."""
    ids: dict[str, int] = {}
    fresh = not Case.objects.filter(dataset=dataset).exists()
    for chunk in _chunks(laid.case_rows()):
        known = {} if fresh else _known(dataset, chunk)
        new = [row for row in chunk if row.key not in known]
        made = dict(zip((row.key for row in new), stored_cases(dataset, new), strict=True)) if new else {}
        ids.update((row.key, known.get(row.key) or made[row.key]) for row in chunk)
    return ids


def _chunks(rows: Iterator[CaseRow]) -> Iterator[list[CaseRow]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _known(dataset: Dataset, rows: Sequence[CaseRow]) -> dict[str, int]:
    wanted = {row.key: row for row in rows}
    there = Case.objects.filter(dataset=dataset, key__in=wanted).select_related("content").order_by("pk")
    return {
        case.key: case.pk
        for case in there
        if (case.input, case.target) == (wanted[case.key].input, wanted[case.key].target)
    }


def _same_cases(dataset: Dataset, ids: set[int]) -> DatasetVersion | None:
    alike = dataset.versions.filter(frozen_at__isnull=False, retired_at=None, case_count=len(ids))
    for version in alike.order_by("-number"):
        if set(version.entries.order_by().values_list("case_id", flat=True)) == ids:
            return version
    return None


def _new_version(actor: User, dataset: Dataset, ids: dict[str, int], overlap_reason: str) -> DatasetVersion:
    draft = dataset.versions.filter(frozen_at=None).first()
    if draft and draft.entries.exists():
        raise Refused(
            f"{dataset.name} has a draft with other cases. Publish it, or give the log's cases a dataset of their own.",
            code="draft",
        )
    newest = dataset.versions.aggregate(newest=Max("number"))["newest"] or 0
    draft = draft or DatasetVersion.objects.create(dataset=dataset, number=newest + 1)
    with prepared_cursor() as cursor:
        cursor.execute(ENTRIES, [draft.pk, list(ids.values()), list(ids)])
    return publish_version(actor=actor, version=draft, overlap_reason=overlap_reason)
