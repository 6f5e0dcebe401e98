"""A planned change of many requirements in words, and the changes that were made lately."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from capabilities.models import BulkChange, Product, Requirement, Revision
from capabilities.queries.bulk_rows import Plan, PlannedRow
from capabilities.queries.revisions import newest_titles
from config.people.models import User
from evaluations.models import Kind

SHOWN = 200
LABELS = {
    "owner_id": "Owner",
    "objective_id": "Objective",
    "capability_id": "Capability",
    "lifecycle_reason": "Reason",
    "revision_status": "Revision",
}
WORDS: Mapping[str, Mapping[Any, str]] = {
    "priority": dict(Requirement.Priority.choices),
    "intent": dict(Requirement.Intent.choices),
    "kind": dict(Kind.choices),
    "lifecycle": dict(Requirement.Lifecycle.choices),
    "revision_status": dict(Revision.Status.choices),
}


@dataclass(frozen=True)
class PreviewRow:
    """differences: label of the field, before, after."""

    key: str
    title: str
    differences: list[tuple[str, str, str]]
    refusal: str


@dataclass(frozen=True)
class Preview:
    """rows: those that cannot follow first, then those that change; up to SHOWN."""

    rows: list[PreviewRow]
    changed: int
    refused: int
    same: int
    token: str

    @property
    def more(self) -> int:
        return self.changed + self.refused - len(self.rows)


def preview_of(product: Product, plan: Plan) -> Preview:
    """Four queries, however many rows."""
    refused, changed = plan.refused, plan.changed
    shown = [*refused, *changed][:SHOWN]
    titles = newest_titles([row.pk for row in shown])
    names: dict[str, dict[Any, str]] = {
        "owner_id": {user.pk: user.shown_name for user in User.objects.all()},
        "objective_id": dict(product.objectives.values_list("pk", "title")),
        "capability_id": dict(product.capabilities.values_list("pk", "name")),
    }
    return Preview(
        [_shown(row, titles, {**WORDS, **names}) for row in shown],
        len(changed),
        len(refused),
        plan.same,
        plan.token,
    )


def _shown(row: PlannedRow, titles: Mapping[int, str], words: Mapping[str, Mapping[Any, str]]) -> PreviewRow:
    differences = [
        (
            LABELS.get(name, name.capitalize()),
            _said(words, name, row.before[name]),
            _said(words, name, row.after[name]),
        )
        for name in row.after
    ]
    return PreviewRow(row.key, titles.get(row.pk, ""), differences, row.refusal)


def _said(words: Mapping[str, Mapping[Any, str]], name: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    if name in words:
        return words[name].get(value, "none" if value is None else str(value))
    return str(value) or "none"


def recent_change(user: User, product: Product, pk: object) -> BulkChange | None:
    """A change of the product that this person made and that stands. One query."""
    rows = BulkChange.objects.filter(product=product, actor=user, undone_at=None)
    return rows.defer("rows").filter(pk=pk).first() if isinstance(pk, int) else None
