"""Rows of requirements put into groups and into files. No query."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from capabilities.queries.requirement_order import GROUPINGS
from capabilities.queries.states import RequirementState


@dataclass(frozen=True)
class Group:
    """label: empty when the list is not grouped. total: how many rows the group has, on this page and others."""

    label: str
    rows: list[RequirementState]
    total: int = 0


def group_label(state: RequirementState, group: str) -> str:
    grouping = GROUPINGS.get(group)
    return grouping.label(state) if grouping else ""


def grouped(
    states: Iterable[RequirementState], group: str, sizes: Mapping[object, int] | None = None
) -> list[Group]:
    """Neighbours of one group together; sizes: of whole groups, by what tells them apart."""
    found = []
    for label, neighbours in groupby(states, key=lambda state: group_label(state, group)):
        rows = list(neighbours)
        value = GROUPINGS[group].value(rows[0]) if group in GROUPINGS else None
        found.append(Group(label, rows, max(len(rows), (sizes or {}).get(value, 0))))
    return found


def as_record(state: RequirementState) -> dict[str, Any]:
    """A row as the exports hold it: the fields of the list, rates as fractions."""
    requirement, gap = state.requirement, state.gap
    return {
        "key": requirement.key,
        "title": state.revision.title,
        "kind": requirement.kind,
        "lifecycle": requirement.lifecycle,
        "priority": requirement.priority,
        "intent": requirement.intent,
        "self_agreed": state.revision.self_agreed,
        "commitment": requirement.commitment,
        "commitment_reason": requirement.commitment_reason or None,
        "target": requirement.target or None,
        "version": state.version.label if state.version else None,
        "verdict": state.outcome,
        "lean": state.lean or None,
        "trend": state.trend or None,
        "freshness": state.freshness or None,
        "coverage": state.coverage,
        "waived": state.waived,
        "gap": gap.point if gap else None,
        "gap_low": gap.low if gap else None,
        "gap_high": gap.high if gap else None,
        "gap_unit": gap.unit if gap else None,
        "gap_against": gap.against if gap else None,
        "gap_supported": gap.supported if gap else None,
        "capability": requirement.capability.slug if requirement.capability else None,
        "objective": requirement.objective.title if requirement.objective else None,
        "owner": requirement.owner.username if requirement.owner else None,
        "tags": list(requirement.tags),
        "updated": requirement.updated_at.isoformat(),
    }


# What the audit trail does not put back: a file of the past leaves it out.
OF_TODAY = frozenset({"owner", "tags", "commitment_reason", "updated"})


def past_record(state: RequirementState, moment: datetime) -> dict[str, Any]:
    """A row of a file of the past: it names its moment, and says nothing that is known of today alone."""
    told = {name: value for name, value in as_record(state).items() if name not in OF_TODAY}
    return {"as_of": moment.isoformat(), **told}
