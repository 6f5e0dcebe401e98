"""Where a product stands at a glance: by objective, its biggest gaps, and what runs now."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from capabilities.models import Objective, Product
from capabilities.queries.listed_states import listed_by_id
from capabilities.queries.products import JudgedVersions
from capabilities.queries.requirement_order import HORIZONS, WORST_FIRST
from capabilities.queries.standing_picks import (
    AGED,
    OUTCOMES,
    pick,
    picked,
    pursued,
    states_of,
)
from capabilities.queries.states import RequirementState
from evaluations.models import Round, Run, Schedule

GAPS_SHOWN = 8
HOLDING_BACK_SHOWN = 3
RECHECK_SHOWN = 12
ROUNDS_SHOWN = 5


@dataclass(frozen=True)
class ObjectiveStanding:
    """An objective (None: requirements without one) with its counts. worst: some of its requirements, the worst first; the others are
    counted by `more`, those of them that hold it back by `more_open`.
    """

    objective: Objective | None
    counts: dict[str, int]
    worst: Sequence[RequirementState]

    @property
    def holding_back(self) -> list[RequirementState]:
        return [state for state in self.worst if state.outcome != "met"]

    @property
    def more(self) -> int:
        return max(0, sum(self.counts.values()) - len(self.worst))

    @property
    def more_open(self) -> int:
        return max(0, sum(self.counts.values()) - self.counts["met"] - len(self.holding_back))


@dataclass(frozen=True)
class Overview:
    """recheck: some of those whose evidence needs another look; recheck_more: how many others do."""

    counts: dict[str, int]
    objectives: Sequence[ObjectiveStanding]
    gaps: Sequence[RequirementState]
    recheck: Sequence[RequirementState]
    recheck_more: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def product_overview(product: Product, versions: JudgedVersions) -> Overview:
    """Where everything stands that is neither retired, rejected nor deferred. At most seventeen queries, however much there is."""
    found = picked(pursued(product, versions), worst=HOLDING_BACK_SHOWN, gaps=GAPS_SHOWN, aged=RECHECK_SHOWN)
    states = listed_by_id(product, versions, [*found.worst, *found.gaps])
    rechecked = states_of(found.aged, versions) if found.aged else {}
    return Overview(
        counts=summed(found.counts.values()),
        objectives=standing_by_objective(product, found.counts, pick(states, found.worst)),
        gaps=[state for state in pick(states, found.gaps) if state.gap],
        recheck=[state for state in pick(rechecked, found.aged) if state.freshness in AGED],
        recheck_more=found.aged_count - len(found.aged),
    )


def summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found = Counter(dict.fromkeys(OUTCOMES, 0))
    for each in counts:
        found.update(each)
    return dict(found)


def standing_by_objective(
    product: Product, counts: Mapping[int | None, dict[str, int]], worst: Iterable[RequirementState]
) -> list[ObjectiveStanding]:
    """Objectives that have requirements: now, next, later, then what has no objective. One query."""
    by_objective: dict[int | None, list[RequirementState]] = defaultdict(list)
    for state in worst:
        by_objective[state.requirement.objective_id].append(state)
    objectives = [*sorted(product.objectives.all(), key=objective_place), None]
    return [
        ObjectiveStanding(objective, counts[key], worst_first(by_objective[key]))
        for objective in objectives
        if (key := objective.pk if objective else None) in counts
    ]


def objective_place(objective: Objective) -> tuple[int, int, str]:
    return (HORIZONS.index(objective.horizon), objective.position, objective.title)


def worst_first(states: Iterable[RequirementState]) -> list[RequirementState]:
    return sorted(states, key=lambda state: (WORST_FIRST.get(state.outcome, 9), state.requirement.number))


def running_rounds() -> list[Round]:
    """Rounds with work under way, each with `items_total` and `items_done`. One query."""
    rounds: QuerySet[Round] = Round.objects.filter(
        finished_at=None, runs__state__in=[Run.State.QUEUED, Run.State.RUNNING, Run.State.SCORING]
    )
    ids = rounds.order_by().values("pk")
    totals = Round.objects.filter(pk__in=ids).annotate(
        items_total=Sum("runs__total"), items_done=Sum("runs__done")
    )
    return list(totals.order_by("-id")[:ROUNDS_SHOWN])


def enabled_schedules() -> list[Schedule]:
    """One query."""
    return list(Schedule.objects.filter(enabled=True).select_related("suite"))
