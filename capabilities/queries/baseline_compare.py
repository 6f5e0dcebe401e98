"""Two baselines side by side, or one beside what is agreed now or was agreed on a day: what came, what went, what says something else."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.utils import timezone

from capabilities.models import Baseline, BaselineItem, Requirement, Revision
from capabilities.queries.past import PUT_ASIDE, moment_in
from capabilities.queries.past_fields import FIELDS, Trail, trail_of
from capabilities.queries.past_rows import agreed_at
from capabilities.queries.references import baseline_number
from capabilities.queries.revisions import PartRow, compare_pairs, part_row

Kind = Literal["added", "removed", "changed", "same"]
KINDS: dict[str, str] = {"added": "Added", "removed": "Removed", "changed": "Changed", "same": "Unchanged"}


@dataclass(frozen=True)
class Side:
    """held: by requirement id its revision. at: the moment the fields beside the text are told of."""

    name: str
    title: str
    at: datetime
    held: Mapping[int, Revision]


@dataclass(frozen=True)
class Compared:
    """One requirement. title: of the later revision. steps: the revisions agreed on the way, with kind and note of each change."""

    kind: Kind
    key: str
    number: int
    title: str
    before: Revision | None
    after: Revision | None
    parts: Sequence[PartRow] = ()
    steps: Sequence[Revision] = ()

    @property
    def change_kinds(self) -> list[str]:
        return list(dict.fromkeys(step.change_kind for step in self.steps if step.change_kind))


@dataclass(frozen=True)
class Comparison:
    """rows: the changed, added and removed ones, then the same, each by key. counts, change_kinds: over all rows, whatever is shown."""

    a: Side
    b: Side
    rows: Sequence[Compared]
    counts: Mapping[str, int]
    change_kinds: Mapping[str, int] = field(default_factory=dict)

    def shown(self, kinds: Sequence[str], change_kind: str) -> list[Compared]:
        """The rows of these kinds (all that differ without any), of one kind of change if that is asked for."""
        wanted = [kind for kind in kinds if kind in KINDS] or ["changed", "added", "removed"]
        rows = [row for row in self.rows if row.kind in wanted]
        return [row for row in rows if not change_kind or change_kind in row.change_kinds]


def side_of(baseline: Baseline) -> Side:
    """One query."""
    items = BaselineItem.objects.filter(baseline=baseline).select_related("revision")
    held = {item.requirement_id: item.revision for item in items}
    return Side(baseline.key, baseline.name, baseline.created_at, held)


def other_side(baseline: Baseline, text: str) -> Side | None:
    """What `with=` names: another baseline of the product, `now` (also without a word), or a day; None where there is no such thing.

    At most three queries.
    """
    now = timezone.now()
    number = baseline_number(text)
    if number is not None:
        other = baseline.product.baselines.filter(number=number).first()
        return side_of(other) if other else None
    if text in ("", "now"):
        return _agreed(baseline, now, "now", "what is agreed now")
    moment = moment_in(text, now)
    return _agreed(baseline, moment, text, f"what was agreed on {text}") if moment else None


def _agreed(baseline: Baseline, moment: datetime, name: str, title: str) -> Side:
    rows = list(baseline.product.requirements.filter(created_at__lte=moment))
    trail = trail_of(rows)
    there = [row for row in rows if _lifecycle(row, trail, moment, name) not in PUT_ASIDE]
    return Side(name, title, moment, agreed_at(there, moment))


def _lifecycle(requirement: Requirement, trail: Trail, moment: datetime, name: str) -> str | None:
    return requirement.lifecycle if name == "now" else trail.lifecycle_at(requirement, moment)


def compare(a: Side, b: Side) -> Comparison:
    """From a to b, in the order they are given. Six queries, however many requirements."""
    ids = {*a.held, *b.held}
    requirements = {
        row.pk: row
        for row in Requirement.objects.filter(pk__in=ids).select_related("product", "capability", "objective")
    }
    both = [pk for pk in ids if pk in a.held and pk in b.held]
    pairs = [(a.held[pk], b.held[pk]) for pk in both if a.held[pk].pk != b.held[pk].pk]
    parts, steps = compare_pairs(pairs), _steps(pairs)
    trail = trail_of(requirements[pk] for pk in both)
    rows = []
    for pk in ids:
        requirement = requirements[pk]
        before, after = a.held.get(pk), b.held.get(pk)
        found = [*parts.get(pk, ()), *(_fields(requirement, trail, a.at, b.at) if before and after else ())]
        told = after or before
        assert told is not None
        rows.append(
            Compared(
                kind=_kind(before, after, found),
                key=requirement.key,
                number=requirement.number,
                title=told.title,
                before=before,
                after=after,
                parts=found,
                steps=steps.get(pk, ()),
            )
        )
    order = list(KINDS)
    rows.sort(key=lambda row: (row.kind == "same", row.number, order.index(row.kind)))
    kinds = Counter(kind for row in rows for kind in row.change_kinds)
    counts = Counter(row.kind for row in rows)
    return Comparison(a, b, rows, {kind: counts[kind] for kind in KINDS}, dict(kinds))  # type: ignore[index]


def _kind(before: Revision | None, after: Revision | None, parts: Sequence[PartRow]) -> Kind:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    return "changed" if before.pk != after.pk or any(part.changed for part in parts) else "same"


def _fields(requirement: Requirement, trail: Trail, before: datetime, after: datetime) -> list[PartRow]:
    was, became = trail.fields_at(requirement, before), trail.fields_at(requirement, after)
    return [
        part_row(label, was[name], became[name])
        for name, label in FIELDS.items()
        if was[name] != became[name]
    ]


def _steps(pairs: Iterable[tuple[Revision, Revision]]) -> dict[int, list[Revision]]:
    """What was agreed after the earlier of two revisions, up to the later. One query."""
    spans = {a.requirement_id: sorted((a.number, b.number)) for a, b in pairs}
    found: dict[int, list[Revision]] = defaultdict(list)
    rows = Revision.objects.filter(
        requirement__in=spans, status__in=[Revision.Status.APPROVED, Revision.Status.SUPERSEDED]
    )
    for revision in rows.order_by("number"):
        low, high = spans[revision.requirement_id]
        if low < revision.number <= high:
            found[revision.requirement_id].append(revision)
    return found


def comparison_record(comparison: Comparison, rows: Sequence[Compared]) -> dict[str, object]:
    """As files and the API hold it; pieces: (=, −, +) with the words. No query."""
    return {
        "from": comparison.a.name,
        "to": comparison.b.name,
        "counts": dict(comparison.counts),
        "change_kinds": dict(comparison.change_kinds),
        "requirements": [_record(row) for row in rows],
    }


def _record(row: Compared) -> dict[str, object]:
    return {
        "key": row.key,
        "title": row.title,
        "kind": row.kind,
        "from_revision": row.before.number if row.before else None,
        "to_revision": row.after.number if row.after else None,
        "change_kinds": row.change_kinds,
        "loosened_after_miss": any(step.loosened_after_miss for step in row.steps),
        "parts": [
            {"label": part.label, "pieces": [{"op": op, "text": text} for op, text in part.pieces]}
            for part in row.parts
        ],
    }
