"""Counts over standings, and the few requirements that a page names out of many; states are worked out for those few alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Case, Count, F, OrderBy, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from capabilities.models import Product, Requirement, Standing
from capabilities.queries.products import JudgedVersions
from capabilities.queries.requirement_order import VERDICT
from capabilities.queries.standings import current_standings
from capabilities.queries.states import RequirementState, requirement_states
from config.words import FRACTIONS

OUTCOMES = ("met", "not_met", "inconclusive", "no_data")
WORST = (OrderBy(VERDICT), OrderBy(F("requirement__number")))
AGED = ("needs_recheck", "out_of_date")
BEHIND = Q(gap_point__lt=0) | (~Q(outcome="met") & Q(gap_point__isnull=False, gap_supported=False))
OTHER_UNIT = Case(When(gap_unit__in=sorted(FRACTIONS), then=Value(0)), default=Value(1))
UNSUPPORTED = Case(When(gap_point__lt=0, gap_supported=True, then=Value(0)), default=Value(1))


def pursued(product: Product, versions: JudgedVersions) -> QuerySet[Standing]:
    """Standings of everything that is neither retired, rejected nor deferred. No query."""
    left_out = [*Requirement.PUT_ASIDE, Requirement.Lifecycle.DEFERRED]
    rows = current_standings(product, versions).filter(requirement__product=product)
    return rows.exclude(requirement__lifecycle__in=left_out)


@dataclass(frozen=True)
class Picked:
    """Out of all. counts: by objective id (None: without one) how many have each outcome. worst: requirement ids,
    of each objective some; gaps: where ours is furthest behind; aged: with evidence to look at again, of `aged_count`.
    """

    counts: dict[int | None, dict[str, int]]
    worst: Sequence[int]
    gaps: Sequence[int]
    aged: Sequence[int]
    aged_count: int


# Rows are read once. Of gaps supported ones first, then by size; rates before other units, which cannot be set beside them.
PICKED = """WITH standing (requirement, number, objective, outcome, verdict, freshness, behind, gap, unsupported, unit) AS MATERIALIZED (
    {rows})
SELECT 'counts', objective, outcome, count(*), count(*) FILTER (WHERE freshness IN {old})
FROM standing GROUP BY objective, outcome
UNION ALL (SELECT 'worst', requirement, NULL, number, 0 FROM (
    SELECT *, row_number() OVER (PARTITION BY objective ORDER BY verdict, number) AS place FROM standing) AS placed
    WHERE place <= {worst} ORDER BY number)
UNION ALL (SELECT 'gaps', requirement, NULL, 0, 0 FROM standing WHERE behind ORDER BY unit, unsupported, gap, number LIMIT {gaps})
UNION ALL (SELECT 'aged', requirement, NULL, 0, 0 FROM standing WHERE freshness IN {old}
    ORDER BY number LIMIT {aged})"""


def picked(rows: QuerySet[Standing], *, worst: int, gaps: int, aged: int) -> Picked:
    """worst: of each objective; gaps, aged: at most so many. One query."""
    named = rows.order_by().values_list(
        *("requirement", "requirement__number", "requirement__objective", "outcome", VERDICT, "freshness"),
        *(Case(When(BEHIND, then=True), default=False), "gap_point", UNSUPPORTED, OTHER_UNIT),
    )
    inner, asked = named.query.sql_with_params()
    found: dict[str, list[int]] = {"worst": [], "gaps": [], "aged": []}
    counts: dict[int | None, dict[str, int]] = {}
    aged_count = 0
    with connection.cursor() as cursor:
        cursor.execute(PICKED.format(rows=inner, old=AGED, worst=worst, gaps=gaps, aged=aged), asked)
        for kind, key, outcome, count, old in cursor.fetchall():
            if kind == "counts":
                counts.setdefault(key, dict.fromkeys(OUTCOMES, 0))[outcome] = count
                aged_count += old
            else:
                found[kind].append(key)
    return Picked(counts, found["worst"], found["gaps"], found["aged"], aged_count)


def outcome_counts(rows: QuerySet[Standing]) -> dict[str, int]:
    """How many of the rows have each outcome. One query."""
    counted = rows.order_by().values_list("outcome").annotate(count=Count("*"))
    return dict.fromkeys(OUTCOMES, 0) | dict(counted)


def counts_by(rows: QuerySet[Standing], field: str) -> dict[int | None, dict[str, int]]:
    """How many have each outcome, by the id in a field of the requirement such as its objective. One query."""
    found: dict[int | None, dict[str, int]] = {}
    grouped = rows.order_by().values_list(f"requirement__{field}", "outcome").annotate(count=Count("*"))
    for key, outcome, count in grouped:
        found.setdefault(key, dict.fromkeys(OUTCOMES, 0))[outcome] = count
    return found


def worst_of_each(rows: QuerySet[Standing], field: str, limit: int) -> list[int]:
    """Requirement ids, of each value of a field the worst few, what was never measured after what was missed. One query."""
    place = Window(RowNumber(), partition_by=[F(f"requirement__{field}")], order_by=WORST)
    picked = rows.order_by().annotate(place=place).filter(place__lte=limit)
    return list(picked.order_by("requirement__number").values_list("requirement_id", flat=True))


def states_of(ids: Iterable[int], versions: JudgedVersions) -> dict[int, RequirementState]:
    """The states of these requirements by id. Ten queries."""
    rows = Requirement.objects.select_related("product", "capability", "objective", "owner", "commitment_by")
    states = requirement_states(rows.filter(pk__in=set(ids)), versions)
    return {state.requirement.pk: state for state in states}


def pick(states: dict[int, RequirementState], ids: Sequence[int]) -> list[RequirementState]:
    """These states in the order of the ids."""
    return [states[pk] for pk in ids if pk in states]
