"""How a list of standings is sorted and grouped, in SQL. What has no value comes last, whichever way the rest goes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, OrderBy, QuerySet, Value, When
from django.db.models.functions import Coalesce, Collate, Concat, Lower, NullIf, Trim

from capabilities.models import Objective, Requirement, Standing
from capabilities.queries.axes import COVERAGE_WORST_FIRST, FRESHNESS_WORST_FIRST
from capabilities.queries.states import RequirementState
from config.words import verdict_label
from evaluations.models import Kind

Expression = Case | F | NullIf | Coalesce
WORST_FIRST = {"not_met": 0, "inconclusive": 1, "no_data": 2, "met": 3}
TRENDS_WORST_FIRST = ("regressed", "unknown", "within_tolerance", "no_worse", "improved")
HORIZONS = list(Objective.Horizon.values)


def _rank(name: str, order: Iterable[str]) -> Case:
    """The place of a field's word in an order."""
    whens = [When(**{name: word}, then=Value(place)) for place, word in enumerate(order)]
    return Case(*whens, default=Value(None), output_field=IntegerField())


def _letters(name: str | Coalesce) -> NullIf:
    """Small and capital letters together, in the same order on every server; an empty text is no value."""
    return NullIf(Collate(Lower(name), "C"), Value(""))


VERDICT = _rank("outcome", WORST_FIRST)
OWNER = _letters(
    Coalesce(
        NullIf(
            Trim(Concat("requirement__owner__first_name", Value(" "), "requirement__owner__last_name")),
            Value(""),
        ),
        "requirement__owner__username",
    )
)
OBJECTIVE = (
    _rank("requirement__objective__horizon", HORIZONS),
    F("requirement__objective__position"),
    F("requirement__objective__title"),
)
SORTED: Mapping[str, tuple[Expression, ...]] = {
    "key": (),
    "order": (F("requirement__position"),),
    "title": (F("sort_title"),),
    "verdict": (VERDICT,),
    "trend": (_rank("trend", TRENDS_WORST_FIRST),),
    "gap": (F("gap_point"),),
    "freshness": (_rank("freshness", FRESHNESS_WORST_FIRST),),
    "coverage": (_rank("coverage", COVERAGE_WORST_FIRST),),
    "judged": (F("judged_at"),),
    "intent": (_rank("requirement__intent", Requirement.Intent.values),),
    "priority": (_rank("requirement__priority", Requirement.Priority.values),),
    "commitment": (_rank("requirement__commitment", Requirement.Commitment.values),),
    "lifecycle": (_rank("requirement__lifecycle", Requirement.Lifecycle.values),),
    "kind": (_rank("requirement__kind", Kind.values),),
    "capability": (_letters("requirement__capability__name"),),
    "objective": OBJECTIVE,
    "owner": (OWNER,),
    "target": (_letters("requirement__target"),),
    "updated": (F("requirement__updated_at"),),
}


@dataclass(frozen=True)
class Grouping:
    """order: where its groups stand. value: what tells them apart, as a field and as the shown state has it; label: its name there."""

    order: tuple[Expression, ...]
    field: str
    value: Callable[[RequirementState], object]
    label: Callable[[RequirementState], str]


def _objective_label(state: RequirementState) -> str:
    objective = state.requirement.objective
    return f"{objective.get_horizon_display()} · {objective.title}" if objective else "Without an objective"


def _capability_name(state: RequirementState) -> str | None:
    return state.requirement.capability.name if state.requirement.capability else None


def _own(field: str) -> Grouping:
    """By a field of the requirement that has choices, in their order."""
    return Grouping(
        SORTED[field],
        f"requirement__{field}",
        lambda state: getattr(state.requirement, field),
        lambda state: str(getattr(state.requirement, f"get_{field}_display")()),
    )


GROUPINGS: Mapping[str, Grouping] = {
    "capability": Grouping(
        (_letters("requirement__capability__name"), F("requirement__capability__name")),
        "requirement__capability__name",
        _capability_name,
        lambda state: _capability_name(state) or "Without a capability",
    ),
    "objective": Grouping(
        OBJECTIVE, "requirement__objective", lambda state: state.requirement.objective_id, _objective_label
    ),
    "verdict": Grouping(
        (VERDICT,),
        "outcome",
        lambda state: state.outcome,
        lambda state: verdict_label(state.outcome),
    ),
    "owner": Grouping(
        (OWNER, F("requirement__owner")),
        "requirement__owner",
        lambda state: state.requirement.owner_id,
        lambda state: state.requirement.owner.shown_name if state.requirement.owner else "Without an owner",
    ),
    "target": Grouping(
        (*SORTED["target"], F("requirement__target")),
        "requirement__target",
        lambda state: state.requirement.target,
        lambda state: state.requirement.target or "Without a target",
    ),
    "intent": _own("intent"),
    "commitment": _own("commitment"),
    "priority": _own("priority"),
    "kind": _own("kind"),
    "lifecycle": _own("lifecycle"),
}


def ordering(sort: str, *, descending: bool, group: str) -> list[OrderBy]:
    """The order of rows: by group, then as sorted, then by number."""
    grouping = GROUPINGS.get(group)
    return [
        *(OrderBy(each, nulls_last=True) for each in (grouping.order if grouping else ())),
        *(OrderBy(each, descending=descending, nulls_last=True) for each in SORTED[sort]),
        OrderBy(F("requirement__number"), descending=descending),
    ]


def sizes(rows: QuerySet[Standing], group: str) -> dict[tuple[object, str], int]:
    """How many of the rows there are by what tells their group apart (None without one) and by outcome. One query."""
    field = GROUPINGS[group].field if group in GROUPINGS else None
    counted = rows.order_by().values_list(*([field] if field else []), "outcome").annotate(size=Count("*"))
    return {(row[0] if field else None, row[-2]): row[-1] for row in counted}
