"""Which requirements may stand otherwise now than they stood at a moment; of all others nothing that a state rests on has changed."""

from collections.abc import Set
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from capabilities.models import Product, Requirement
from capabilities.queries.past_fields import told_until
from capabilities.queries.products import JudgedVersions
from capabilities.queries.touched_sql import touched_statement
from evaluations.models import Kind


def touched(
    product: Product, then: JudgedVersions, versions: JudgedVersions, moment: datetime, now: datetime
) -> set[int]:
    """Their ids, a few of other products among them. One query, however many requirements."""
    statement, asked = touched_part(product, then, versions, moment, now)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {statement} SELECT id FROM touched", asked)
        return {pk for (pk,) in cursor.fetchall()}


def touched_part(
    product: Product, then: JudgedVersions, versions: JudgedVersions, moment: datetime, now: datetime
) -> tuple[str, dict[str, Any]]:
    """The same as the beginning of a statement, with its values. No query."""
    spoken_of = _spoken_of(then, versions)
    every = (*then.all, *versions.all)
    differing = _differing(then, versions)
    asked: dict[str, Any] = {
        "product": product.pk,
        "moment": moment,
        "now": now,
        "age": timedelta(days=product.evidence_max_age_days),
        "first_day": moment.date(),
        "last_day": now.date(),
        "spoken_of": sorted(spoken_of),
        "floating": sorted({version.pk for version in every if version.floating}),
    }
    for place, ((before, after), kinds) in enumerate(differing.items()):
        # Where the first choice is another one, requirements that it judged are looked at as well.
        first = after[0] if before[:1] == after[:1] else -1
        asked[f"kinds_{place}"], asked[f"first_{place}"] = kinds, first
        asked[f"spoken_{place}"] = sorted({*before, *after})
    return touched_statement(len(differing)), asked


Choice = tuple[int, ...]


def _spoken_of(then: JudgedVersions, versions: JudgedVersions) -> set[int]:
    """The versions whose verdicts decide. Where the choice differs, all but requirements of the same first choice are looked at anyhow."""
    found: set[int] = set()
    for before, after in _choices(then, versions).values():
        if before == after:
            found |= {*after}
        elif before[:1] == after[:1]:
            found |= {*after[:1]}
    return found


def _differing(then: JudgedVersions, versions: JudgedVersions) -> dict[tuple[Choice, Choice], list[str]]:
    """By two choices that are not the same the kinds of model that they are of."""
    found: dict[tuple[Choice, Choice], list[str]] = {}
    for kind, (before, after) in _choices(then, versions).items():
        if before != after:
            found.setdefault((before, after), []).append(kind)
    return found


def _choices(then: JudgedVersions, versions: JudgedVersions) -> dict[str, tuple[Choice, Choice]]:
    """By kind of model the versions that could be spoken of, best first: then and now."""
    return {
        kind: (tuple(one.pk for one in then.choices(kind)), tuple(one.pk for one in versions.choices(kind)))
        for kind in Kind.values
    }


def untold_among_others(product: Product, moment: datetime, among: Set[int]) -> int:
    """Of how many untouched requirements the audit does not tell that they were agreed then. Two queries."""
    rows = Requirement.objects.filter(
        product=product, lifecycle=Requirement.Lifecycle.APPROVED, created_at__lte=moment
    )
    others = set(rows.order_by().values_list("pk", flat=True)) - among
    return len(others - told_until(moment))
