"""The objectives in three columns, now, next and later: where each stands, and what holds it back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from capabilities.models import Objective, Product
from capabilities.queries.intent_words import to_target
from capabilities.queries.intents import target_gap
from capabilities.queries.overview import worst_first
from capabilities.queries.products import JudgedVersions
from capabilities.queries.requirement_order import WORST_FIRST
from capabilities.queries.standing_picks import OUTCOMES, counts_by, states_of, worst_of_each
from capabilities.queries.standings import current_standings
from capabilities.queries.states import CriterionState, RequirementState
from config.people.models import User

SHOWN = 3
_COVERAGE = {
    "no_criterion": "Nothing is asked of it that could be measured: add a criterion.",
    "not_measurable": "It is not measurable yet.",
    "not_linked": "No evaluation is its evidence: link one or measure it.",
    "never_run": "Its evidence was never run for this version: run it.",
}


@dataclass(frozen=True)
class Held:
    """A requirement that is not met, and what would settle it."""

    state: RequirementState
    settles: str


@dataclass(frozen=True)
class Aim:
    """An objective with where its requirements stand, and those that hold it back, the worst first; more: how many beside those shown."""

    objective: Objective
    counts: Mapping[str, int]
    held_back_by: Sequence[Held]
    more: int
    owners: Sequence[str]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Column:
    horizon: str
    label: str
    aims: Sequence[Aim]


def board(product: Product, versions: JudgedVersions) -> list[Column]:
    """Every column, also an empty one. Fourteen queries; states are worked out for those that hold something back alone."""
    requirements = product.requirements.active().filter(objective__isnull=False)
    rows = current_standings(product, versions).filter(requirement__in=requirements)
    counts = counts_by(rows, "objective")
    held: dict[int | None, list[RequirementState]] = defaultdict(list)
    for state in worst_first(states_of(worst_of_each(rows, "objective", SHOWN), versions).values()):
        if state.outcome != "met":
            held[state.requirement.objective_id].append(state)
    owners: dict[int | None, set[int]] = defaultdict(set)
    for objective, owner in (
        requirements.filter(owner__isnull=False).order_by().values_list("objective", "owner").distinct()
    ):
        owners[objective].add(owner)
    names = {user.pk: user.shown_name for user in User.objects.filter(pk__in=set().union(*owners.values()))}
    aims: dict[str, list[Aim]] = defaultdict(list)
    for one in product.objectives.order_by("position", "title", "pk"):
        by = sorted(names[pk] for pk in owners[one.pk])
        aims[one.horizon].append(_aim(one, counts.get(one.pk, dict.fromkeys(OUTCOMES, 0)), held[one.pk], by))
    return [Column(value, str(label), aims[value]) for value, label in Objective.Horizon.choices]


def _aim(
    objective: Objective, counts: Mapping[str, int], held: Sequence[RequirementState], owners: Sequence[str]
) -> Aim:
    unmet = sum(counts.values()) - counts["met"]
    shown = [Held(state, settles(state)) for state in held]
    return Aim(objective, counts, shown, max(0, unmet - len(shown)), owners)


def settles(state: RequirementState) -> str:
    """What would settle the worst criterion that blocks it, in a sentence."""
    if state.coverage in _COVERAGE:
        return _COVERAGE[state.coverage]
    blocking = [
        one for one in state.criteria if one.criterion.must and one.outcome != "met" and not one.waived
    ]
    worst = min(blocking, key=lambda one: WORST_FIRST.get(one.outcome, 9), default=None)
    return _settles(worst) if worst else ""


def _settles(one: CriterionState) -> str:
    verdict = one.verdict
    if verdict is None:
        return _COVERAGE.get(one.coverage, "No verdict for this version yet: run its evidence.")
    if one.outcome == "not_met":
        return (
            _lacking(one)
            or f"{one.criterion.key} is not met: a better model, or another target, would settle it."
        )
    if verdict.detail.get("never_settles"):
        return f"{one.criterion.key}: more cases would not settle it while the value lies on the target."
    if verdict.needed_n and verdict.needed_n > verdict.n:
        return f"{one.criterion.key}: about {verdict.needed_n - verdict.n:,} more cases would settle it."
    return f"{one.criterion.key} is not proven yet: {verdict.sentence}"


def _lacking(one: CriterionState) -> str:
    """How far its target is missed, in the words of the intent map; empty where there is no distance to one."""
    verdict, criterion = one.verdict, one.criterion
    if verdict is None:
        return ""
    names = ("point", "low", "high", "unit", "n", "confidence", "outcome")
    gap = target_gap(
        {name: getattr(verdict, name) for name in names}
        | {"key": criterion.key, "against": criterion.against, "threshold": criterion.threshold}
        | {"higher": "true" if verdict.detail.get("higher_is_better", True) else "false"}
        | {"widest": verdict.detail.get("widest")}
    )
    return to_target(gap) if gap is not None and gap.behind and (gap.point or 0.0) < 0 else ""
