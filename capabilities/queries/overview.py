"""Where a product stands at a glance: by objective, its biggest gaps, and what runs now."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from capabilities.models import Objective, Product
from capabilities.queries.products import JudgedVersions
from capabilities.queries.requirement_rows import HORIZONS
from capabilities.queries.requirements import WORST_FIRST, counts_by_outcome
from capabilities.queries.states import RequirementState, requirement_states
from config.words import FRACTIONS
from evaluations.models import Round, Run, Schedule

GAPS_SHOWN = 8
ROUNDS_SHOWN = 5


@dataclass(frozen=True)
class ObjectiveStanding:
    """An objective (None: requirements without one) with its counts and the requirements that hold it back, worst first."""

    objective: Objective | None
    states: Sequence[RequirementState]
    counts: dict[str, int]
    holding_back: Sequence[RequirementState]


def product_states(product: Product, versions: JudgedVersions) -> list[RequirementState]:
    """The states of everything that is neither retired, rejected nor deferred. Ten queries."""
    rows = product.requirements.active().exclude(lifecycle="deferred")
    return requirement_states(rows.select_related("product", "capability", "objective", "owner"), versions)


def standing_by_objective(states: Sequence[RequirementState]) -> list[ObjectiveStanding]:
    """Now, next, later, then what has no objective. No query."""
    by_objective: dict[Objective | None, list[RequirementState]] = defaultdict(list)
    for state in states:
        by_objective[state.requirement.objective].append(state)
    return [
        ObjectiveStanding(objective, rows, counts_by_outcome(rows), holding_back(rows))
        for objective, rows in sorted(by_objective.items(), key=lambda pair: _place(pair[0]))
    ]


def _place(objective: Objective | None) -> tuple[int, int, str]:
    if objective is None:
        return (9, 0, "")
    return (HORIZONS.index(objective.horizon), objective.position, objective.title)


def holding_back(states: Sequence[RequirementState]) -> list[RequirementState]:
    """What is not met, the worst first; what was never measured after what was measured and missed."""
    open_ones = [state for state in states if state.outcome != "met"]
    return sorted(open_ones, key=lambda state: (WORST_FIRST.get(state.outcome, 9), state.requirement.number))


def biggest_gaps(states: Sequence[RequirementState], limit: int = GAPS_SHOWN) -> list[RequirementState]:
    """Where ours is furthest behind: supported gaps first, then by size; rates before other units, which cannot be set beside them."""

    def place(state: RequirementState) -> tuple[bool, bool, float]:
        gap = state.gap
        assert gap is not None
        behind = gap.point < 0
        return (gap.unit not in FRACTIONS, not (behind and gap.supported), gap.point)

    behind = [
        state
        for state in states
        if state.gap and (state.gap.point < 0 or (state.outcome != "met" and not state.gap.supported))
    ]
    return sorted(behind, key=place)[:limit]


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
