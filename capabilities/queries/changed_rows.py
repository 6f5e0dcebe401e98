"""The changes of many requirements told by the database alone: how many of each group, and where the first of them stand.

For requirements whose text, evidence, waivers and life are what they were, so that verdicts, time and newer versions of what
measures are all that moved.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from capabilities.models import Product
from capabilities.queries.change_objectives import NAMED, Tally
from capabilities.queries.changed_sql import statement
from capabilities.queries.past_fields import BY_DEED
from capabilities.queries.products import JudgedVersions
from evaluations.models import Kind


@dataclass(frozen=True)
class Row:
    """A change that was not worked out yet. place: as `Item.place`; nth: which of those with the same place, such as rivals."""

    group: str
    place: tuple[bool, bool, int, str, int, str]
    requirement_id: int
    nth: int = 0


@dataclass(frozen=True)
class Rows:
    """plain: ids of the requirements that the database could tell of. counts: all their changes, by group; rows: the first of each."""

    plain: frozenset[int]
    counts: Mapping[str, int]
    rows: Sequence[Row]
    tallies: Sequence[Tally]


@dataclass(frozen=True)
class Wanted:
    """So many rows of each group, and another number of one."""

    most: int
    chosen: str = ""
    most_chosen: int = 0


def changed_rows(
    product: Product,
    then: JudgedVersions,
    versions: JudgedVersions,
    moments: tuple[datetime, datetime],
    among: Collection[int],
    wanted: Wanted,
) -> Rows:
    """moments: then and now. One query, however many requirements."""
    if not among:
        return Rows(frozenset(), {}, [], [])
    moment, now = moments
    asked: dict[str, Any] = {
        "product": product.pk,
        "moment": moment,
        "now": now,
        "age": timedelta(days=product.evidence_max_age_days),
        "among": list(among),
        "versions": sorted({version.pk for version in (*then.all, *versions.all)}),
        "deeds": list(BY_DEED),
        "named": NAMED,
        "chosen": wanted.chosen,
        "most": wanted.most,
        "most_chosen": wanted.most_chosen,
        **_choices(then, versions),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement(), asked)
        return _rows(product, cursor.fetchall())


def _choices(then: JudgedVersions, versions: JudgedVersions) -> dict[str, list[Any]]:
    """Kind and version of all that may be spoken of, and how good a choice each is then and now, 1 the best."""
    places: dict[tuple[str, int], list[int | None]] = {}
    for column, spoken in enumerate((versions, then)):
        for kind in ["", *Kind.values]:
            for place, version in enumerate(spoken.choices(kind), 1):
                places.setdefault((kind, version.pk), [None, None])[column] = place
    return {
        "kinds": [kind for kind, _ in places],
        "versions_of_kinds": [version for _, version in places],
        "places_now": [now for now, _ in places.values()],
        "places_then": [before for _, before in places.values()],
    }


def _rows(product: Product, told: Iterable[tuple[str, str | None]]) -> Rows:
    plain: frozenset[int] = frozenset()
    counts: dict[str, int] = {}
    rows, tallies = [], []
    same: Counter[tuple[object, ...]] = Counter()
    for kind, text in told:
        row = json.loads(text or "[]")
        if kind == "plain":
            plain = frozenset(row)
        elif kind == "objective":
            tallies.append(Tally(*row))
        else:
            group, counts[row[0]], must, severity, number, key, pk = row
            place = (True, not must, severity, product.key, number, key)
            rows.append(Row(group, place, pk, same[group, place]))
            same[group, place] += 1
    return Rows(plain, counts, rows, tallies)
