"""The changes of many requirements told by the database alone: how many of each group, and where the first of them stand.

For requirements whose text, evidence, waivers and life are what they were, so that verdicts, time and newer versions of what
measures are all that moved.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from capabilities.models import Product
from capabilities.queries.change_objectives import NAMED, Tally
from capabilities.queries.changed_sql import statement
from capabilities.queries.past_fields import BY_DEED
from capabilities.queries.products import JudgedVersions
from capabilities.queries.standings import current_standings
from capabilities.queries.touched import touched_part
from evaluations.models import Kind


@dataclass(frozen=True)
class Row:
    """A change that is no item yet. place: as `Item.place`; nth: which of those with the same place, such as rivals.

    now, then: ids of the verdicts. waited: what counts now waited for a second run since. stamps: of evidence to look at again its stamp,
    and what the stamp would say now.
    """

    group: str
    place: tuple[bool, bool, int, str, int, str]
    requirement_id: int
    nth: int = 0
    now: int | None = None
    then: int | None = None
    title: str = ""
    waited: bool = False
    stamps: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None

    @property
    def must(self) -> bool:
        return not self.place[1]

    @property
    def number(self) -> int:
        return self.place[4]

    @property
    def criterion(self) -> str:
        return self.place[5]


@dataclass(frozen=True)
class Rows:
    """others: ids of requirements that may have changed and of which the database cannot tell. counts: all changes of those of which it
    can, by group; rows: the first of each; tallies: theirs; stand: those of requirements that stand as they stood. untold: of how many
    requirements but others the audit does not tell that they were agreed then.
    """

    others: frozenset[int]
    counts: Mapping[str, int]
    rows: Sequence[Row]
    tallies: Sequence[Tally]
    stand: Sequence[Tally]
    untold: int


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
    wanted: Wanted,
) -> Rows:
    """moments: then and now. One query, however many requirements."""
    touched, of_touched = touched_part(product, then, versions, *moments)
    standing, of_standing = _named(
        "standing", current_standings(product, versions).order_by().values_list("requirement", "outcome")
    )
    asked: dict[str, Any] = {
        **of_touched,
        **of_standing,
        "versions": sorted({version.pk for version in (*then.all, *versions.all)}),
        "deeds": list(BY_DEED),
        "named": NAMED,
        "chosen": wanted.chosen,
        "most": wanted.most,
        "most_chosen": wanted.most_chosen,
        **_choices(then, versions),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement(touched, standing), asked)
        return _rows(product, cursor.fetchall())


def _named(word: str, rows: QuerySet[Any, Any]) -> tuple[str, dict[str, Any]]:
    """The SQL of a queryset with a name for each of its values, to stand in a statement whose values have names."""
    text, values = rows.query.sql_with_params()
    named = {f"{word}_{place}": value for place, value in enumerate(values)}
    return text % tuple(f"%({name})s" for name in named), named


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


def _rows(product: Product, told: Iterable[tuple[str, str]]) -> Rows:
    found: dict[str, list[Any]] = {"other": [], "untold": [], "stands": [], "objective": []}
    counts: dict[str, int] = {}
    rows: list[Row] = []
    same: Counter[tuple[object, ...]] = Counter()
    for kind, text in told:
        row = json.loads(text)
        if kind != "item":
            found[kind].append(row)
            continue
        group, counts[row[0]], must, severity, number, key, pk, *told_of_it = row
        place = (True, not must, severity, product.key, number, key)
        rows.append(Row(group, place, pk, same[group, place], *told_of_it))
        same[group, place] += 1
    tallies, stand = ([Tally(*row) for row in found[kind]] for kind in ("objective", "stands"))
    [others], [untold] = found["other"], found["untold"]
    return Rows(frozenset(others), counts, rows, tallies, stand, untold)
