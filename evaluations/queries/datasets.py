"""Datasets as their pages show them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum

from evaluations.exporters import jsonl_rows, packed_rows
from evaluations.importers.media import ENDINGS, kind_of
from evaluations.models import (
    Blob,
    Case,
    Dataset,
    DatasetVersion,
    DatasetVersionCase,
    EvaluationVersion,
    Exposure,
)
from evaluations.queries.cases import cases_of_version
from evaluations.queries.media import attachments_of

FLAT = ("key", "input", "target", "cluster")
MOST_SLICES = 60
MOST_CHANGES = 200
SLICES = """
SELECT part.key, part.value, count(*)
FROM evaluations_datasetversioncase AS entry
JOIN evaluations_case AS one ON one.id = entry.case_id
CROSS JOIN LATERAL jsonb_each_text(one.slices) AS part
WHERE entry.version_id = %s
GROUP BY part.key, part.value ORDER BY part.key, count(*) DESC, part.value LIMIT %s
"""


@dataclass(frozen=True)
class Readings:
    """Who was shown test cases: how often, how many cases in all, by how many people."""

    times: int
    samples: int
    people: int


@dataclass(frozen=True)
class Sources:
    """Clusters of a version: how many, with how many cases in all, of the largest, and how many cases have none."""

    named: int
    cases: int
    largest: int
    alone: int


@dataclass(frozen=True)
class Changes:
    """Keys added, removed and changed from one version to another, at most 200 of each; the counts are exact."""

    added: Sequence[str]
    removed: Sequence[str]
    changed: Sequence[str]
    counts: Mapping[str, int]

    @property
    def none(self) -> bool:
        return not any(self.counts.values())


@dataclass(frozen=True)
class CasePage:
    """Entries of a version in its order; their cases have what attachments_of gives as `media`.

    next_after: ?after= of the next page (its positions count from 1), None at the end.
    """

    entries: Sequence[DatasetVersionCase]
    next_after: int | None


def datasets_with_newest() -> QuerySet[Dataset]:
    """Datasets with the number and size of their newest published version, and whether a draft is open. One query."""
    published = DatasetVersion.objects.filter(
        dataset=OuterRef("pk"), frozen_at__isnull=False, retired_at=None
    )
    newest = published.order_by("-number")
    return Dataset.objects.annotate(
        newest=Subquery(newest.values("number")[:1]),
        size=Subquery(newest.values("case_count")[:1]),
        drafts=Count("versions", filter=Q(versions__frozen_at=None)),
        draft_cases=Max("versions__case_count", filter=Q(versions__frozen_at=None)),
    ).order_by("name", "slug")


def slices_of_version(version: DatasetVersion) -> list[tuple[str, str, int]]:
    """Name, value and count of its slices, at most 60. One query."""
    with connection.cursor() as cursor:
        cursor.execute(SLICES, [version.pk, MOST_SLICES])
        return list(cursor.fetchall())


def sources_of_version(version: DatasetVersion) -> Sources:
    """One query."""
    named = (
        version.entries.exclude(case__cluster="")
        .order_by()
        .values("case__cluster")
        .annotate(size=Count("pk"))
    )
    found = named.aggregate(named=Count("size"), cases=Sum("size"), largest=Max("size"))
    cases = found["cases"] or 0
    return Sources(found["named"], cases, found["largest"] or 0, max(0, version.case_count - cases))


SIZES = """
WITH sources AS (
    SELECT count(*) AS size FROM evaluations_datasetversioncase AS entry
    JOIN evaluations_case AS one ON one.id = entry.case_id
    WHERE entry.version_id = %s AND one.cluster <> '' GROUP BY one.cluster)
SELECT width_bucket(size, ARRAY[1, 2, 6, 11, 51]) AS place, count(*) FROM sources GROUP BY place ORDER BY place"""
SIZE_NAMES = ("1 case", "2 to 5 cases", "6 to 10 cases", "11 to 50 cases", "more than 50 cases")


def sources_by_size(version: DatasetVersion) -> list[tuple[str, int]]:
    """How many named sources have so many cases; sizes that none has are left out. One query."""
    with connection.cursor() as cursor:
        cursor.execute(SIZES, [version.pk])
        return [(SIZE_NAMES[place - 1], count) for place, count in cursor.fetchall()]


def readings_of(version: DatasetVersion) -> Readings:
    """One query."""
    found = Exposure.objects.filter(dataset_version=version).aggregate(
        times=Count("pk"), samples=Sum("samples"), people=Count("user", distinct=True)
    )
    return Readings(found["times"], found["samples"] or 0, found["people"])


def uses_of(dataset: Dataset, most: int = 50) -> QuerySet[EvaluationVersion]:
    """Evaluation versions that ask its cases, newest first. One query."""
    rows = EvaluationVersion.objects.filter(dataset_version__dataset=dataset)
    return rows.select_related("evaluation", "dataset_version__dataset").order_by("-id")[:most]


def case_page(version: DatasetVersion, after: int, words: str, size: int, *, content: bool) -> CasePage:
    """Cases behind a position, as fast at the end as at the start; `words` is part of the key. One query, one more for attachments."""
    entries = DatasetVersionCase.objects.filter(version=version, position__gt=after).order_by("position")
    entries = entries.select_related("case__content" if content else "case")
    if words:
        entries = entries.filter(key__icontains=words)
    found = list(entries[: size + 1])
    media = attachments_of(entry.case for entry in found[:size]) if content else {}
    for entry in found:
        entry.case.media = media.get(entry.case_id, [])  # type: ignore[attr-defined]
    return CasePage(found[:size], found[size - 1].position + 1 if len(found) > size else None)


def place_of(entry: DatasetVersionCase) -> int:
    """Where it stands in its version, from 1. One query."""
    ahead = DatasetVersionCase.objects.filter(version=entry.version_id, position__lt=entry.position)
    return ahead.count() + 1


def changes_between(before: DatasetVersion, after: DatasetVersion) -> Changes:
    """What the cases of two versions of one dataset share and what not. Two queries."""
    old, new = _cases(before), _cases(after)
    added = [key for key in new if key not in old]
    removed = [key for key in old if key not in new]
    changed = [key for key, case in new.items() if key in old and old[key] != case]
    counts = {"added": len(added), "removed": len(removed), "changed": len(changed)}
    return Changes(added[:MOST_CHANGES], removed[:MOST_CHANGES], changed[:MOST_CHANGES], counts)


def _cases(version: DatasetVersion) -> dict[str, int]:
    return dict(version.entries.order_by("position").values_list("key", "case_id"))


def keys_taken(version: DatasetVersion, keys: Iterable[str]) -> set[str]:
    """Which of these keys the version has. One query."""
    return set(version.entries.filter(key__in=list(keys)).values_list("key", flat=True))


def flat_columns(version: DatasetVersion) -> list[str]:
    """The columns a CSV of it has: FLAT, attachments where there are any, then slice.<name>. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT jsonb_object_keys(one.slices) FROM evaluations_datasetversioncase AS entry"
            " JOIN evaluations_case AS one ON one.id = entry.case_id WHERE entry.version_id = %s ORDER BY 1",
            [version.pk],
        )
        slices = [f"slice.{name}" for (name,) in cursor.fetchall()]
    with_some = Case.objects.filter(entries__version=version).exclude(attachments=[]).exists()
    return [*FLAT, *(["attachments"] if with_some else []), *slices]


def flat_rows(version: DatasetVersion) -> Iterator[Mapping[str, Any]]:
    """Every case with its slices as columns; metadata is in the JSONL."""
    for row in cases_of_version(version, content=True):
        slices = {f"slice.{name}": value for name, value in row["slices"].items()}
        kept = {name: row[name] for name in FLAT}
        yield {**kept, "attachments": "; ".join(row["attachments"]), **slices}


def case_rows(version: DatasetVersion) -> Iterator[Mapping[str, Any]]:
    """Every case as the fields the importer reads."""
    for row in cases_of_version(version, content=True):
        kept = {name: row[name] for name in ("key", "input", "target", "slices", "cluster", "metadata")}
        yield kept | ({"attachments": row["attachments"]} if row["attachments"] else {})


def archive_of(version: DatasetVersion) -> Iterator[bytes]:
    """Its cases and their attachments as a ZIP, piece by piece, each file under its hash. Erased content is left out.

    A query for each 500 cases, and one for each attachment.
    """
    return packed_rows(jsonl_rows(case_rows(version)), _files_of(version))


def _files_of(version: DatasetVersion) -> Iterator[tuple[str, bytes]]:
    lists = Case.objects.filter(entries__version=version).exclude(attachments=[])
    wanted = {digest for attachments in lists.values_list("attachments", flat=True) for digest in attachments}
    for digest in sorted(wanted):
        blob = Blob.objects.filter(sha256=digest, purged_at=None).first()
        if blob is not None and kind_of(blob.media_type):
            yield f"{digest}.{ENDINGS[blob.media_type]}", blob.content
