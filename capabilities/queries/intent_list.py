"""The claims of a product in order, each with what is shown of it. What was read of a claim is kept; those a page shows are read whole."""

from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter
from typing import NamedTuple

from capabilities.models import Product
from capabilities.queries.intent_readings import Shown
from capabilities.queries.intents import Inputs, IntentRow, inputs_of, intent_rows, newest_verdicts, rivals_of
from capabilities.queries.products import JudgedVersions
from capabilities.queries.standing_picks import pursued
from config.kept import Kept

MOST_KEPT = 50_000


class Claim(NamedTuple):
    """place: as `IntentRow.place`."""

    requirement_id: int
    intent: str
    shown: Shown
    place: tuple[int, int, int, float, int]


Reading = tuple[Shown, tuple[int, int, int, float]]
_READ: Kept[Inputs, Reading] = Kept(MOST_KEPT)


def claims_of(product: Product, versions: JudgedVersions) -> list[Claim]:
    """Every requirement that is pursued, as `intent_rows` orders them. Three queries, four more where one was not read yet."""
    asked = _asked(product, versions)
    known = _READ.get_many(inputs for _, _, inputs in asked.values())
    new = [pk for pk, (_, _, inputs) in asked.items() if inputs not in known]
    rows = intent_rows(product, versions, new) if new else []
    # By what a row was read from, which may be newer than what was asked for.
    _READ.keep({row.inputs: _reading(row) for row in rows})
    read = {pk: known[inputs] for pk, (_, _, inputs) in asked.items() if inputs in known}
    read |= {row.requirement_id: _reading(row) for row in rows}
    claims = [
        Claim(pk, intent, read[pk][0], (*read[pk][1], number))
        for pk, (number, intent, _) in asked.items()
        if pk in read
    ]
    return sorted(claims, key=attrgetter("place"))


def _reading(row: IntentRow) -> Reading:
    return row.shown, row.place[:-1]


def _asked(product: Product, versions: JudgedVersions) -> dict[int, tuple[int, str, Inputs]]:
    """By requirement its number, its intent and all that its reading follows from. Three queries."""
    ids = [version.pk for version in versions.all]
    verdicts: dict[tuple[int, int | None], list[int]] = defaultdict(list)
    for requirement, judged, verdict in newest_verdicts(product, ids).values_list(
        "verification__criterion__revision__requirement_id", "model_version_id", "pk"
    ):
        verdicts[requirement, judged].append(verdict)
    rivals = rivals_of(product)
    rows = pursued(product, versions).values_list(
        *("requirement_id", "model_version_id", "requirement__number"),
        *("requirement__intent", "requirement__kind", "outcome", "waived"),
    )
    return {
        pk: (
            number,
            intent,
            inputs_of((intent, kind, outcome, waived), rivals, verdicts.get((pk, judged), ())),
        )
        for pk, judged, number, intent, kind, outcome, waived in rows
    }


def first_of_each(claims: Iterable[Claim], most: int) -> list[int]:
    """The requirements (ids) that stand first of each reading, so many of each."""
    found: dict[str, list[int]] = defaultdict(list)
    for claim in claims:
        if len(found[claim.shown]) < most:
            found[claim.shown].append(claim.requirement_id)
    return [pk for ids in found.values() for pk in ids]
