"""What a change of many requirements would do to each: before, after, or why not. Nothing is written here."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from capabilities.lint import lint_revision
from capabilities.models import Product, Requirement, Revision
from capabilities.queries.bulk_rows import Change, Plan, PlannedRow
from capabilities.services.requirements import MOVES

Lifecycle = Requirement.Lifecycle
PLAIN = ("priority", "intent", "kind", "owner", "objective", "capability", "target")
ASIDE = (Lifecycle.DEFERRED, Lifecycle.REJECTED, Lifecycle.RETIRED)
MOST_TAGS = 50
MOST_REVIEWS = 500
OPEN = (Revision.Status.DRAFT, Revision.Status.IN_REVIEW)
Values = Mapping[str, Any]


def plan_change(
    product: Product, rows: QuerySet[Requirement], change: Change, *, leave_out: bool = False
) -> Plan:
    """One query, a second when they move, however many rows; putting them up for review looks at each text as well.

    leave_out: without the rows that cannot follow.
    """
    fields = {_stored(name): value for name, value in change.fields.items()}
    found = list(
        rows.filter(product=product)
        .order_by("pk")
        .values("pk", "number", "lifecycle", "lifecycle_reason", "tags", *fields)
    )
    opened = _opened(change.move, [one["pk"] for one in found])
    planned = []
    for place, one in enumerate(found):
        row = PlannedRow(one["pk"], f"{product.key}-{one['number']}")
        for name, value in fields.items():
            _set(row, name, one[name], value)
        _tag(row, one["tags"], change)
        if change.move == Lifecycle.IN_REVIEW and place >= MOST_REVIEWS:
            row.refusal = f"Put up to {MOST_REVIEWS} up for review at once."
        elif change.move:
            _move(row, one, change, opened.get(row.pk))
        planned.append(row)
    return Plan([row for row in planned if not (leave_out and row.refusal)])


def _stored(name: str) -> str:
    return f"{name}_id" if name in {"owner", "objective", "capability"} else name


def _opened(move: str, ids: list[int]) -> dict[int, Revision]:
    """The open revision of each, whole where its text is looked at. One query, none where nothing moves."""
    if not move:
        return {}
    rows = Revision.objects.filter(requirement__in=ids, status__in=OPEN).order_by()
    rows = rows if move == Lifecycle.IN_REVIEW else rows.only("requirement_id", "status")
    return {revision.requirement_id: revision for revision in rows}


def _tag(row: PlannedRow, tags: list[str], change: Change) -> None:
    wanted = [tag for tag in dict.fromkeys([*tags, *change.add_tags]) if tag not in change.remove_tags]
    if len(wanted) > max(MOST_TAGS, len(tags)):
        row.refusal = f"It would have more than {MOST_TAGS} tags."
    _set(row, "tags", tags, wanted)


def _set(row: PlannedRow, name: str, before: Any, after: Any) -> None:
    if before != after:
        row.before[name], row.after[name] = before, after


def _move(row: PlannedRow, now: Values, change: Change, revision: Revision | None) -> None:
    lifecycle = Lifecycle(now["lifecycle"])
    in_review = revision is not None and revision.status == Revision.Status.IN_REVIEW
    if change.move == lifecycle and change.move != Lifecycle.IN_REVIEW:
        return
    if change.move == Lifecycle.IN_REVIEW:
        _submit(row, lifecycle, revision)
        return
    if change.move not in MOVES[lifecycle]:
        state, wanted = lifecycle.label.lower(), Lifecycle(change.move).label.lower()
        row.refusal = f"It is {state}; from there it cannot become {wanted}."
        return
    _set(row, "lifecycle", lifecycle.value, change.move)
    reason = change.reason.strip() if change.move in ASIDE else ""
    _set(row, "lifecycle_reason", now["lifecycle_reason"], reason)
    if in_review:
        _set(row, "revision_status", Revision.Status.IN_REVIEW.value, Revision.Status.DRAFT.value)


def _submit(row: PlannedRow, lifecycle: str, revision: Revision | None) -> None:
    if revision is None or lifecycle not in {Lifecycle.DRAFT, Lifecycle.APPROVED}:
        if lifecycle != Lifecycle.IN_REVIEW:
            row.refusal = "It has no draft to review."
        return
    if revision.status == Revision.Status.IN_REVIEW:
        return
    blocking = [finding.words for finding in lint_revision(revision) if finding.blocks]
    if blocking:
        row.refusal = " ".join(blocking)
        return
    row.revision = revision
    if lifecycle == Lifecycle.DRAFT:
        _set(row, "lifecycle", Lifecycle.DRAFT.value, Lifecycle.IN_REVIEW.value)
    _set(row, "revision_status", Revision.Status.DRAFT.value, Revision.Status.IN_REVIEW.value)
