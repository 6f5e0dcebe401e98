"""Keeps the table of standings true: what triggers marked, and what time alone changed, is worked out again by the one code of states."""

import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from capabilities.models import Product, Requirement, Standing, StandingMark
from capabilities.queries.standings import due_count, due_requirements, marks_of
from capabilities.queries.states import RequirementState, holds_until, states_by_version
from capabilities.queries.their_states import their_outcomes

AT_ONCE = 50
REBUILT_AT_ONCE = 250
INLINE = 40
LOCKS = 0x5374  # keeps these locks apart from others that are numbers as well
Row = dict[str, Any]
FIELDS = [field.attname for field in Standing._meta.concrete_fields if field.attname != "id"]


def catch_up(product: Product, now: datetime | None = None) -> int:
    """Work out the product's few requirements that are due, before a page counts them; more than a few are left to a worker.

    Returns how many are still due. One query when nothing is.
    """
    now = now or timezone.now()
    found = due_requirements(product, now, limit=INLINE + 1)
    if len(found) > INLINE:
        return due_count(product, now)
    if found:
        refresh(found, wait=True)
    return 0


def refresh_due() -> int:
    """Work out everything that is due, in small transactions. Returns how many requirements. Safe beside others that do the same."""
    done = after = 0
    while found := due_requirements(None, timezone.now(), after=after, limit=AT_ONCE):
        done += refresh(found)
        after = found[-1]
    return done


def rebuild_standings(product: Product | None = None) -> int:
    """Work out every requirement again, whether marked or not, and forget what belongs to none. Returns how many requirements."""
    rows = Requirement.objects.filter(product=product) if product else Requirement.objects.all()
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), REBUILT_AT_ONCE):
        refresh(ids[start : start + REBUILT_AT_ONCE], wait=True, all_of_them=True)
    if product is None:
        Standing.objects.exclude(requirement__in=Requirement.objects.values("pk")).delete()
    return len(ids)


@transaction.atomic
def refresh(requirement_ids: Sequence[int], *, wait: bool = False, all_of_them: bool = False) -> int:
    """Work out again those of the requirements that are due (or all of them). Returns how many.

    Who works on a requirement holds its lock until the commit, and looks at marks and sources only once it has it: so of two at once
    the later sees what the earlier wrote, and deletes no mark whose change it did not see. wait: for others that hold one, rather than
    leave those out.
    """
    locked = _lock(requirement_ids, wait=wait)
    marks = marks_of(locked)
    now = timezone.now()
    ended = Standing.objects.filter(requirement__in=locked, valid_until__lt=now)
    due = {requirement for _, requirement in marks} | set(ended.values_list("requirement_id", flat=True))
    wanted = set(locked) if all_of_them else due
    _write(wanted, now)
    StandingMark.objects.filter(pk__in=[mark for mark, _ in marks]).delete()
    return len(wanted)


def _lock(requirement_ids: Sequence[int], *, wait: bool) -> list[int]:
    """Locks in ascending order, so that two who wait never wait for each other. Returns those it got. One query."""
    got = "pg_advisory_xact_lock(%s, mod(id, 2147483647)::int) IS NOT NULL"
    if not wait:
        got = "pg_try_advisory_xact_lock(%s, mod(id, 2147483647)::int)"
    ordered = "SELECT id FROM unnest(%s::bigint[]) AS id ORDER BY id OFFSET 0"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {got} FROM ({ordered}) AS wanted", [LOCKS, list(requirement_ids)])
        return [pk for pk, locked in cursor.fetchall() if locked]


def _write(requirement_ids: Collection[int], now: datetime) -> None:
    """Replaces the rows that differ from what holds now."""
    requirements = Requirement.objects.filter(pk__in=requirement_ids).select_related("product")
    wanted = {_key(row): row for row in map(row_of, states_by_version(requirements, now))}
    there = Standing.objects.filter(requirement__in=requirement_ids).values("id", *FIELDS)
    gone = []
    for row in there.order_by():
        pk, key = row.pop("id"), _key(row)
        if wanted.get(key) == row:
            del wanted[key]
        else:
            gone.append(pk)
    Standing.objects.filter(pk__in=gone).delete()
    _copy(wanted.values())


def _key(row: Row) -> tuple[object, object]:
    return row["requirement_id"], row["model_version_id"]


def _copy(rows: Collection[Row]) -> None:
    """Insert rows. A rebuild writes hundreds of thousands, for which COPY is several times faster than INSERT. One query."""
    if not rows:
        return
    table, names = Standing._meta.db_table, ", ".join(FIELDS)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([Jsonb(row[name]) if name == "theirs" else row[name] for name in FIELDS])


def row_of(state: RequirementState) -> Row:
    """The fields of the row that says what the state says."""
    requirement, gap = state.requirement, state.gap
    judged = [one.verdict.created_at for one in state.criteria if one.criterion.must and one.verdict]
    return {
        "product_id": requirement.product_id,
        "requirement_id": requirement.pk,
        "model_version_id": state.version.pk if state.version else None,
        "revision_id": state.revision.pk,
        "sort_title": sort_key(state.revision.title),
        "outcome": state.outcome,
        "lean": state.lean,
        "trend": state.trend,
        "freshness": state.freshness,
        "coverage": state.coverage,
        "waived": state.waived,
        "pending": state.pending,
        "gap_point": gap.point if gap else None,
        "gap_low": gap.low if gap else None,
        "gap_high": gap.high if gap else None,
        "gap_unit": gap.unit if gap else "",
        "gap_against": gap.against if gap else "",
        "gap_supported": gap.supported if gap else False,
        "theirs": {f"v{version}": outcome for version, outcome in their_outcomes(state).items()},
        "judged_at": max(judged, default=None),
        "valid_until": holds_until(state),
    }


@lru_cache(maxsize=1000)
def sort_key(title: str) -> str:
    """A title as lists order it: small letters, accents off, so that "Été" stands beside "Ete"."""
    letters = unicodedata.normalize("NFKD", title.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))[:400]
