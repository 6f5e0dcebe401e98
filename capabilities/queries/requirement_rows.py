"""Rows of requirements put into groups and into files. No query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from capabilities.models import Objective
from capabilities.queries.requirements import WORST_FIRST
from capabilities.queries.states import RequirementState
from config.words import verdict_label

HORIZONS = list(Objective.Horizon.values)


@dataclass(frozen=True)
class Group:
    """label: empty when the list is not grouped."""

    label: str
    rows: list[RequirementState]


def group_label(state: RequirementState, group: str) -> str:
    requirement = state.requirement
    if group == "capability":
        return requirement.capability.name if requirement.capability else "Without a capability"
    if group == "objective":
        objective = requirement.objective
        return (
            f"{objective.get_horizon_display()} · {objective.title}" if objective else "Without an objective"
        )
    if group == "intent":
        return requirement.get_intent_display()
    return verdict_label(state.outcome) if group == "verdict" else ""


def _place(state: RequirementState, group: str) -> tuple[int, str]:
    """Where a group stands: objectives by horizon, verdicts the worst first, the rest by name, what has none last."""
    requirement, label = state.requirement, group_label(state, group)
    if group == "objective" and requirement.objective:
        return HORIZONS.index(requirement.objective.horizon), label
    if group == "verdict":
        return WORST_FIRST.get(state.outcome, 9), label
    return (9 if label.startswith("Without") else 0), label


def sorted_into_groups(states: Sequence[RequirementState], group: str) -> Sequence[RequirementState]:
    """The same rows, those of a group beside each other in the order they had."""
    return sorted(states, key=lambda state: _place(state, group)) if group else states


def grouped(states: Iterable[RequirementState], group: str) -> list[Group]:
    """Neighbours of one group together."""
    return [
        Group(label, list(rows))
        for label, rows in groupby(states, key=lambda state: group_label(state, group))
    ]


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
        "capability": requirement.capability.slug if requirement.capability else None,
        "objective": requirement.objective.title if requirement.objective else None,
        "owner": requirement.owner.username if requirement.owner else None,
        "tags": list(requirement.tags),
    }
