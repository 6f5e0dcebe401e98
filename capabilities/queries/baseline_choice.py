"""What a new baseline could hold: what a filter finds, another one holds, or was ticked; what it cannot, with the reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from capabilities.models import Baseline, Product, Requirement, Revision

MOST = 2_000


@dataclass(frozen=True)
class Row:
    """A requirement that can be held, in the revision it would be held in."""

    requirement: Requirement
    revision: Revision

    @property
    def key(self) -> str:
        return self.requirement.key


@dataclass(frozen=True)
class Choice:
    """rows: what can be held, by key. left_out: key, title and why not. cut: whether more were asked for than fit."""

    rows: Sequence[Row]
    left_out: Sequence[tuple[str, str, str]]
    cut: bool = False

    @property
    def by_key(self) -> dict[str, Requirement]:
        return {row.key: row.requirement for row in self.rows}


def why_not(requirement: Requirement, *, approved: bool) -> str:
    """Why a baseline cannot hold it, to be read after its key; empty when it can."""
    if requirement.lifecycle in {"deferred", "rejected", "retired"}:
        return f"is {requirement.get_lifecycle_display().lower()}"
    if approved:
        return ""
    return (
        "is in review, not approved yet"
        if requirement.lifecycle == "in_review"
        else "is a draft, not approved yet"
    )


def choice_of(requirements: Iterable[int]) -> Choice:
    """What of these requirements (ids) can be held. Two queries."""
    ids = list(requirements)
    found = list(
        Requirement.objects.filter(pk__in=ids[:MOST])
        .select_related("product", "capability", "objective")
        .order_by("number")
    )
    newest: dict[int, Revision] = {}
    approved: dict[int, Revision] = {}
    for revision in Revision.objects.filter(requirement__in=found).order_by("number"):
        newest[revision.requirement_id] = revision
        if revision.status == Revision.Status.APPROVED:
            approved[revision.requirement_id] = revision
    rows, left_out = [], []
    for requirement in found:
        reason = why_not(requirement, approved=requirement.pk in approved)
        if reason:
            left_out.append((requirement.key, newest[requirement.pk].title, reason))
        else:
            rows.append(Row(requirement, approved[requirement.pk]))
    return Choice(rows, left_out, cut=len(ids) > MOST)


def held_by(baseline: Baseline) -> list[int]:
    """Ids of the requirements of a baseline. One query."""
    return list(baseline.items.values_list("requirement_id", flat=True))


def ids_of(product: Product, keys: Iterable[str]) -> tuple[list[int], list[str]]:
    """Ids of the requirements of a product with these keys, and the keys that name none. One query."""
    wanted = {key.upper() for key in keys}
    prefix = f"{product.key}-"
    numbers = {
        int(key.removeprefix(prefix)): key
        for key in wanted
        if key.startswith(prefix) and key.removeprefix(prefix).isdecimal() and len(key) < 20
    }
    rows = dict(
        product.requirements.filter(number__in=[one for one in numbers if one < 2**31]).values_list(
            "number", "pk"
        )
    )
    known = {numbers[number] for number in rows}
    return list(rows.values()), sorted(wanted - known)
