"""Objectives that came to be met as a whole or ceased to be, from how many of their requirements stood how, then and now."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Count, Func, IntegerField, QuerySet
from django.db.models.expressions import RawSQL

from capabilities.models import Product, Requirement, Standing
from capabilities.queries.change_items import Item
from capabilities.queries.products import JudgedVersions
from capabilities.queries.standings import current_standings
from capabilities.queries.states import RequirementState
from evaluations.statistics import roll_up

NAMED = 6


@dataclass(frozen=True)
class Tally:
    """How many requirements of an objective (its id) stood so then and stand so now; empty where they were not, or are not, agreed.

    numbers: the lowest of their numbers, ascending; more than are named need not be there.
    """

    objective: int
    before: str
    after: str
    count: int
    numbers: Sequence[int]


def tallies_of(then: Iterable[RequirementState], now: Iterable[RequirementState]) -> Iterator[Tally]:
    """One for each state of a requirement that belongs to an objective. No query."""
    for state in then:
        if state.requirement.objective_id is not None:
            yield Tally(state.requirement.objective_id, state.outcome, "", 1, ())
    for state in now:
        if state.requirement.objective_id is not None:
            yield Tally(state.requirement.objective_id, "", state.outcome, 1, (state.requirement.number,))


def agreed_standings(product: Product, versions: JudgedVersions) -> QuerySet[Standing]:
    """The kept standings of what is agreed and belongs to an objective. No query."""
    return current_standings(product, versions).filter(
        requirement__objective__isnull=False, requirement__lifecycle=Requirement.Lifecycle.APPROVED
    )


def as_they_stand(
    product: Product, versions: JudgedVersions, objectives: Collection[int], but: Collection[int]
) -> list[Tally]:
    """The agreed requirements of objectives by the kept standings, without those of `but` (ids). One query."""
    rows = agreed_standings(product, versions).filter(requirement__objective__in=objectives)
    lowest = Func(
        ArrayAgg("requirement__number", order_by="requirement__number"),
        template=f"(%(expressions)s)[:{NAMED}]",
        output_field=ArrayField(IntegerField()),
    )
    counted = (
        # One array, since thousands of parameters take Django longer than the database.
        rows.filter(RawSQL("requirement_id <> ALL(%s::bigint[])", [list(but)], output_field=BooleanField()))
        .order_by()
        .values_list("requirement__objective", "outcome")
        .annotate(count=Count("*"), numbers=lowest)
    )
    return [
        Tally(objective, outcome, outcome, count, numbers) for objective, outcome, count, numbers in counted
    ]


def objectives(product: Product, titles: Mapping[int, str], tallies: Iterable[Tally]) -> Iterator[Item]:
    """Objectives that are met as a whole and were not, and the other way round, or that are missed and were not. No query."""
    by_objective: dict[int, list[Tally]] = defaultdict(list)
    for tally in tallies:
        by_objective[tally.objective].append(tally)
    for pk in sorted(by_objective):
        found = by_objective[pk]
        before, after = ({getattr(one, name) for one in found} - {""} for name in ("before", "after"))
        if not after:
            continue
        was = str(roll_up(before)) if before else "no_data"
        outcome = str(roll_up(after))
        if was == outcome or ("met" not in (was, outcome) and outcome != "not_met"):
            continue
        yield Item(
            "better" if outcome == "met" else "worse",
            _held_back(product, found),
            objective=titles.get(pk, ""),
            before=was,
            after=outcome,
        )


def _held_back(product: Product, tallies: Iterable[Tally]) -> str:
    behind = [one for one in tallies if one.after not in ("", "met")]
    if not behind:
        return "every requirement of it is met"
    lowest = sorted(chain.from_iterable(one.numbers[:NAMED] for one in behind))[:NAMED]
    more = sum(one.count for one in behind) - len(lowest)
    words = ", ".join(f"{product.key}-{number}" for number in lowest)
    return f"held back by {words}" + (f" and {more} more" if more else "")
