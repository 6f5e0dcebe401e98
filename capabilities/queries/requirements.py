"""The requirements list: filters and sorting that the URL holds, over fields and computed states alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet

from capabilities.models import Product, Requirement
from capabilities.queries.products import JudgedVersions
from capabilities.queries.states import RequirementState, requirement_states

OWN_FIELDS = ("lifecycle", "kind", "priority", "intent", "commitment")
STATE_FIELDS = ("verdict", "freshness", "coverage", "trend")
WORST_FIRST = {"not_met": 0, "inconclusive": 1, "no_data": 2, "met": 3}
SORTS = ("key", "title", "verdict", "gap", "intent", "priority", "updated")


@dataclass(frozen=True)
class RequirementFilter:
    """What a list shows. Each field: the values wanted, empty for all; several values of one field are alternatives."""

    own: Mapping[str, Sequence[str]]
    state: Mapping[str, Sequence[str]]
    capability: str = ""
    objective: str = ""
    owner: str = ""
    tag: str = ""
    text: str = ""
    sort: str = "key"
    descending: bool = False


def filter_from(query: Mapping[str, str]) -> RequirementFilter:
    """The filter in a query string; values are separated by commas, unknown sorts fall back to the key."""
    sort = query.get("sort", "key")
    name = sort.removeprefix("-")
    return RequirementFilter(
        own={field: _values(query, field) for field in OWN_FIELDS if _values(query, field)},
        state={field: _values(query, field) for field in STATE_FIELDS if _values(query, field)},
        capability=query.get("capability", ""),
        objective=query.get("objective", ""),
        owner=query.get("owner", ""),
        tag=query.get("tag", ""),
        text=query.get("q", "").strip()[:200],
        sort=name if name in SORTS else "key",
        descending=sort.startswith("-"),
    )


def _values(query: Mapping[str, str], field: str) -> list[str]:
    return [value for value in query.get(field, "").split(",") if value]


def requirements_of(product: Product, wanted: RequirementFilter) -> QuerySet[Requirement]:
    """Requirements of a product that match the filter's own fields; with their capability, objective and owner. One query."""
    rows = product.requirements.select_related("product", "capability", "objective", "owner")
    for field, values in wanted.own.items():
        rows = rows.filter(**{f"{field}__in": values})
    if "lifecycle" not in wanted.own:
        rows = rows.active()
    if wanted.capability:
        rows = rows.filter(
            Q(capability__slug=wanted.capability) | Q(capability__parent__slug=wanted.capability)
        )
    if wanted.objective.isdecimal():
        rows = rows.filter(objective=int(wanted.objective[:18]))
    if wanted.owner:
        rows = rows.filter(owner__username=wanted.owner)
    if wanted.tag:
        rows = rows.filter(tags__contains=[wanted.tag])
    return _matching(rows, wanted.text) if wanted.text else rows


def _matching(rows: QuerySet[Requirement], text: str) -> QuerySet[Requirement]:
    prefix, _, number = text.upper().rpartition("-")
    by_key = Q(number=int(number)) if prefix and number.isdecimal() and len(number) < 10 else Q(pk__in=[])
    vector = SearchVector("revisions__title", "revisions__shall", "revisions__rationale", config="simple")
    words = Q(searched=SearchQuery(text, search_type="websearch", config="simple")) | Q(
        revisions__title__icontains=text
    )
    found = rows.model.objects.alias(searched=vector).filter(words).values("pk")
    return rows.filter(Q(pk__in=found) | by_key)


def requirement_list(
    product: Product, versions: JudgedVersions, wanted: RequirementFilter
) -> list[RequirementState]:
    """States of the requirements the filter finds, sorted. Ten queries, however many there are."""
    states = requirement_states(requirements_of(product, wanted), versions)
    kept = [state for state in states if _fits(state, wanted)]
    return sorted(kept, key=lambda state: _order(state, wanted.sort), reverse=wanted.descending)


def _fits(state: RequirementState, wanted: RequirementFilter) -> bool:
    values = {
        "verdict": state.outcome,
        "freshness": state.freshness,
        "coverage": state.coverage,
        "trend": state.trend,
    }
    return all(values[field] in allowed for field, allowed in wanted.state.items())


def _order(state: RequirementState, sort: str) -> tuple[float | str, int]:
    requirement = state.requirement
    keys: dict[str, float | str] = {
        "key": requirement.number,
        "title": state.revision.title.lower(),
        "verdict": WORST_FIRST.get(state.outcome, 9),
        "gap": state.gap.point if state.gap else float("inf"),
        "intent": requirement.intent,
        "priority": list(Requirement.Priority.values).index(requirement.priority),
        "updated": requirement.updated_at.timestamp(),
    }
    return keys[sort], requirement.number


def counts_by_outcome(states: Sequence[RequirementState]) -> dict[str, int]:
    """How many states have each outcome: met, not_met, inconclusive, no_data."""
    counts = dict.fromkeys(("met", "not_met", "inconclusive", "no_data"), 0)
    for state in states:
        counts[state.outcome] = counts.get(state.outcome, 0) + 1
    return counts
