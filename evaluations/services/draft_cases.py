"""Single cases of a draft: put in at a place, written anew, moved. Taking one out is in services.datasets."""

from typing import Literal

from django.db import connection, transaction

from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.importers import CaseRow
from evaluations.models import DatasetVersion, DatasetVersionCase
from evaluations.queries.datasets import place_of
from evaluations.services.datasets import add_cases, locked_draft, replace_case

# Every other entry keeps its rank, the moved one goes behind as many as are before its place; only what shifts is written.
MOVE = """
UPDATE evaluations_datasetversioncase AS entry SET position = placed.place
FROM (
    SELECT id, row_number() OVER (ORDER BY rank) - 1 AS place FROM (
        SELECT id, row_number() OVER (ORDER BY position) AS rank
        FROM evaluations_datasetversioncase WHERE version_id = %(version)s AND id <> %(entry)s
        UNION ALL SELECT %(entry)s, %(ahead)s + 0.5
    ) AS ranked
) AS placed
WHERE entry.id = placed.id AND entry.position <> placed.place"""
Step = Literal["up", "down"]


@transaction.atomic
def add_case(
    *, actor: User | None, version: DatasetVersion, row: CaseRow, place: int | None = None
) -> DatasetVersionCase:
    """Put a new case into a draft, at a place (from 1) or at the end. Raises Conflict for a key that is there, and what put_case raises."""
    add_cases(actor=actor, version=version, cases=[row])
    if place is not None:
        move_case(actor=actor, version=version, key=row.key, place=place)
    return version.entries.select_related("case").get(key=row.key)


@transaction.atomic
def put_case(
    *, actor: User | None, version: DatasetVersion, row: CaseRow, place: int | None = None
) -> tuple[DatasetVersionCase, bool]:
    """Write a case of a draft, anew where its key is there; returns it and whether it is new.

    place: from 1; a new case goes to the end and another stays where it is when None. Raises Refused for a published version, a place
    that is none, or attachments that are not kept here.
    """
    version = locked_draft(version)
    new = not version.entries.filter(key=row.key).exists()
    if new:
        add_cases(actor=actor, version=version, cases=[row])
    else:
        replace_case(actor=actor, version=version, row=row)
    if place is not None:
        move_case(actor=actor, version=version, key=row.key, place=place)
    return version.entries.select_related("case").get(key=row.key), new


@transaction.atomic
def move_case(*, actor: User | None, version: DatasetVersion, key: str, place: int | Step) -> int:
    """Put a case of a draft at a place (from 1), or a step up or down; returns its place. Six queries.

    A step beyond an end changes nothing. Raises Refused for a published version, an unknown key, or a place that is none.
    """
    version = locked_draft(version)
    entry = version.entries.filter(key=key).first()
    if entry is None:
        raise Refused(f"The draft has no case {key}.", code="unknown_case")
    count = version.entries.count()
    here = place_of(entry)
    wanted = place if isinstance(place, int) else _stepped(place, here, count)
    if not 1 <= wanted <= count:
        raise Refused(
            f"There is no place {wanted:,}: the draft has {count:,} cases. Choose one from 1 to {count:,}.",
            code="no_place",
            fields={"place": f"1 to {count:,}."},
        )
    if wanted != here:
        _write(actor, version, entry, wanted)
    return wanted


def _stepped(step: Step, here: int, count: int) -> int:
    return min(max(here - 1 if step == "up" else here + 1, 1), count)


def _write(actor: User | None, version: DatasetVersion, entry: DatasetVersionCase, place: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MOVE, {"version": version.pk, "entry": entry.pk, "ahead": place - 1})
    record(
        actor=actor,
        verb="dataset.case_moved",
        noun="dataset",
        object_id=version.dataset_id,
        label=f"{version} {entry.key}",
        after={"place": place},
    )
