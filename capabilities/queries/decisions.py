"""A capability's requirements as a decision table: for every condition what the model shall do, and which rows contradict each other."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from capabilities.models import Capability, Link, Requirement, Revision
from capabilities.queries.products import JudgedVersions, visible_products
from capabilities.queries.states import RequirementState, requirement_states
from config.people.models import User

CONDITIONS = {"while_part": "While", "when_part": "When", "where_part": "Where", "if_part": "If"}


@dataclass(frozen=True)
class Decision:
    """A requirement as a row. conditions: keyword and text for each column of the table, the text empty where it has none.

    against: keys of rows with the same conditions that ask for something else; conflicts: keys that a link says it conflicts with.
    """

    state: RequirementState
    conditions: Sequence[tuple[str, str]]
    against: Sequence[str]
    conflicts: Sequence[str]

    @property
    def flagged(self) -> bool:
        return bool(self.against or self.conflicts)


@dataclass(frozen=True)
class DecisionTable:
    """columns: the conditions that any row has, as field and label."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Decision]

    @property
    def flagged(self) -> int:
        return sum(row.flagged for row in self.rows)


def decision_table(capability: Capability, user: User, versions: JudgedVersions) -> DecisionTable:
    """Living requirements of a capability and of all under it, the same conditions beside each other. At most fourteen queries.

    Rows without any condition hold always and side by side; only a link says that two of those conflict.
    """
    rows = Requirement.objects.filter(capability__in=_under(capability)).active()
    states = requirement_states(rows.select_related("product", "capability", "objective", "owner"), versions)
    columns = [
        (name, label)
        for name, label in CONDITIONS.items()
        if any(getattr(state.revision, name).strip() for state in states)
    ]
    against, conflicts = _against(states), _conflicts(states, user)
    found = [
        Decision(
            state,
            [(label, getattr(state.revision, name).strip()) for name, label in columns],
            against.get(state.requirement.pk, ()),
            conflicts.get(state.requirement.pk, ()),
        )
        for state in states
    ]
    return DecisionTable(columns, sorted(found, key=_place))


def _under(capability: Capability) -> set[int]:
    """The capability and everything below it. One query."""
    tree = list(Capability.objects.filter(product=capability.product_id).values_list("pk", "parent_id"))
    found = {capability.pk}
    while more := {pk for pk, parent in tree if parent in found} - found:
        found |= more
    return found


def plain(text: str) -> str:
    """A text without what makes no difference: capitals, spaces, the full stop."""
    return " ".join(text.casefold().split()).rstrip(" .,;:!")


def conditions_of(revision: Revision) -> tuple[str, ...]:
    return tuple(plain(getattr(revision, name)) for name in CONDITIONS)


def _place(row: Decision) -> tuple[tuple[str, ...], int]:
    return conditions_of(row.state.revision), row.state.requirement.number


def _against(states: Sequence[RequirementState]) -> dict[int, list[str]]:
    alike: dict[tuple[str, ...], list[RequirementState]] = defaultdict(list)
    for state in states:
        if any(conditions := conditions_of(state.revision)):
            alike[conditions].append(state)
    return {
        state.requirement.pk: [
            other.requirement.key
            for other in several
            if plain(other.revision.shall) != plain(state.revision.shall)
        ]
        for several in alike.values()
        for state in several
    }


def _conflicts(states: Sequence[RequirementState], user: User) -> dict[int, list[str]]:
    """By requirement the keys that it conflicts with, among what the reader may see. One query."""
    ids = {state.requirement.pk for state in states}
    seen = visible_products(user)
    links = Link.objects.filter(
        Q(source__in=ids) | Q(target__in=ids),
        kind=Link.Kind.CONFLICTS,
        source__product__in=seen,
        target__product__in=seen,
    ).select_related("source__product", "target__product")
    found: dict[int, list[str]] = defaultdict(list)
    for link in links:
        found[link.source_id].append(link.target.key)
        found[link.target_id].append(link.source.key)
    return found


def records(table: DecisionTable) -> Iterator[dict[str, Any]]:
    """Rows as files hold them. No query."""
    for row in table.rows:
        revision, requirement = row.state.revision, row.state.requirement
        yield {
            "key": requirement.key,
            "title": revision.title,
            "capability": requirement.capability.slug if requirement.capability else None,
            **{name: getattr(revision, name) for name in CONDITIONS},
            "shall": revision.shall,
            "intent": requirement.intent,
            "lifecycle": requirement.lifecycle,
            "version": row.state.version.label if row.state.version else None,
            "verdict": row.state.outcome,
            "same_conditions_as": list(row.against),
            "conflicts_with": list(row.conflicts),
        }
