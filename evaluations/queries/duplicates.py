"""Which inputs a version has twice or nearly so, and which are in other datasets, above all of the other purpose."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from evaluations.canonical import sha256_of
from evaluations.likeness import Like, like, near_pairs
from evaluations.models import Case, DatasetVersion

MOST = 200
MOST_READ = 20_000
PIECE = 1_000

# Inputs of a version that are in a version of another dataset. One that was let through with a reason speaks for itself.
# Step by step: planned as one join on tables that were filled a moment ago, it may walk every case of every dataset for each of ours.
OTHERS = """
WITH ours AS MATERIALIZED (
    SELECT entry.key, entry.case_id, entry.position, words.digest
    FROM evaluations_datasetversioncase AS entry
    JOIN evaluations_casetext AS words ON words.case_id = entry.case_id AND words.digest <> ''
    WHERE entry.version_id = %(version)s
), found AS MATERIALIZED (
    SELECT ours.key, ours.case_id, ours.position, same.case_id AS other_id
    FROM ours JOIN evaluations_casetext AS same ON same.digest = ours.digest AND same.case_id <> ours.case_id
)
SELECT found.key, found.case_id, other.id, other.key, dataset.slug, dataset.purpose
FROM found
JOIN evaluations_case AS other ON other.id = found.other_id AND other.dataset_id <> %(dataset)s
JOIN evaluations_dataset AS dataset ON dataset.id = other.dataset_id
WHERE {purpose} AND EXISTS (
    SELECT 1 FROM evaluations_datasetversioncase AS used
    JOIN evaluations_datasetversion AS version ON version.id = used.version_id
    WHERE used.case_id = other.id AND version.overlap_reason = '')
ORDER BY found.position, dataset.slug, other.key LIMIT %(most)s
"""
TWICE = """
SELECT array_agg(entry.key ORDER BY entry.position)
FROM evaluations_datasetversioncase AS entry
JOIN evaluations_casetext AS words ON words.case_id = entry.case_id AND words.digest <> ''
WHERE entry.version_id = %s GROUP BY words.digest HAVING count(*) > 1 ORDER BY min(entry.position) LIMIT %s
"""


@dataclass(frozen=True)
class Overlap:
    """A case whose input another dataset has too."""

    key: str
    case_id: int
    other_id: int
    other_key: str
    other_dataset: str
    other_purpose: str


@dataclass(frozen=True)
class Near:
    """Two cases whose inputs are nearly the same. other_dataset: empty within the version. likeness: 0 to 1."""

    key: str
    other_key: str
    other_dataset: str
    likeness: float
    text: str
    other_text: str


@dataclass(frozen=True)
class Findings:
    """What should be looked at before a version is published. unread: cases that were not compared because they are too many.

    twice: keys of the same input; split: inputs of datasets of the other purpose; elsewhere: of the same purpose.
    """

    twice: Sequence[Sequence[str]]
    near: Sequence[Near]
    split: Sequence[Overlap]
    near_split: Sequence[Near]
    elsewhere: Sequence[Overlap]
    unread: int

    @property
    def none(self) -> bool:
        return not (self.twice or self.near or self.split or self.near_split or self.elsewhere)


def overlaps_of(version: DatasetVersion, *, same_purpose: bool = False, most: int = MOST) -> list[Overlap]:
    """Cases whose input is in a dataset of the other purpose (or of the same one). One query, by an index."""
    purpose = "dataset.purpose = %(purpose)s" if same_purpose else "dataset.purpose <> %(purpose)s"
    values: dict[str, int | str] = {
        "dataset": version.dataset_id,
        "version": version.pk,
        "purpose": version.dataset.purpose,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(OTHERS.format(purpose=purpose), values)
        return [Overlap(*row) for row in cursor.fetchall()]


def twice_in(version: DatasetVersion) -> list[list[str]]:
    """Keys of cases with the same input, at most 200 groups. One query."""
    with connection.cursor() as cursor:
        cursor.execute(TWICE, [version.pk, MOST])
        return [keys for (keys,) in cursor.fetchall()]


def findings_of(version: DatasetVersion) -> Findings:
    """Everything at once: four queries, and two for each 1,000 cases read, of which there are at most 20,000 on either side."""
    ours = list(_read(Case.objects.filter(entries__version=version).order_by("entries__position")))
    theirs = list(_read(_other_purpose(version)))
    near, near_split = _near(ours, theirs)
    return Findings(
        twice=twice_in(version),
        near=near,
        split=overlaps_of(version),
        near_split=near_split,
        elsewhere=overlaps_of(version, same_purpose=True),
        unread=max(0, version.case_count - len(ours)),
    )


@dataclass(frozen=True)
class _Read:
    key: str
    dataset: str
    like: Like


def _other_purpose(version: DatasetVersion) -> Any:
    rows = Case.objects.filter(entries__isnull=False).exclude(dataset__purpose=version.dataset.purpose)
    return rows.distinct().order_by("-pk")


def _read(cases: Any) -> Iterator[_Read]:
    ids = list(cases.values_list("pk", flat=True)[:MOST_READ])
    for start in range(0, len(ids), PIECE):
        piece = ids[start : start + PIECE]
        found = Case.objects.select_related("content", "dataset").in_bulk(piece)
        for pk in piece:
            yield _Read(found[pk].key, found[pk].dataset.slug, _like(found[pk]))


def _like(case: Case) -> Like:
    """Two questions are near only about the same pictures."""
    found = like(case.input)
    return replace(found, rest=sha256_of([found.rest, case.attachments])) if case.attachments else found


def _near(ours: Sequence[_Read], theirs: Sequence[_Read]) -> tuple[list[Near], list[Near]]:
    """Pairs within the version, and pairs of it with others."""
    everything = [*ours, *theirs]
    within: list[Near] = []
    across: list[Near] = []
    for pair in near_pairs([one.like for one in everything], most=10 * MOST):
        one, other = everything[pair.first], everything[pair.second]
        if pair.first >= len(ours):
            continue
        inside = pair.second < len(ours)
        dataset = "" if inside else other.dataset
        made = Near(one.key, other.key, dataset, pair.likeness / 100, one.like.text, other.like.text)
        (within if inside else across).append(made)
    return within[:MOST], across[:MOST]
