"""The capability tree as an outline to edit, and what a merge would move."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from capabilities.models import Capability, Product, Requirement


@dataclass(frozen=True)
class Line:
    """One ability of the outline. held: requirements right under it, retired ones too. stays: why it cannot be removed, or empty."""

    capability: Capability
    level: int
    held: int
    children: int
    first: bool
    last: bool

    @property
    def stays(self) -> str:
        parts = [
            f"{count} {one if count == 1 else many}"
            for count, one, many in (
                (self.held, "requirement", "requirements"),
                (self.children, "ability", "abilities"),
            )
            if count
        ]
        return f"{' and '.join(parts)} under it: move or merge first" if parts else ""


def outline(product: Product) -> list[Line]:
    """The tree from top to bottom, every ability before what is under it. Two queries."""
    rows = list(product.capabilities.order_by("position", "name", "pk"))
    under: dict[int | None, list[Capability]] = {}
    for row in rows:
        under.setdefault(row.parent_id, []).append(row)
    held = Counter(
        Requirement.objects.filter(product=product, capability__isnull=False)
        .order_by()
        .values_list("capability_id", flat=True)
    )
    lines: list[Line] = []

    def walk(siblings: Sequence[Capability], level: int) -> None:
        for number, one in enumerate(siblings):
            children = under.get(one.pk, [])
            lines.append(
                Line(one, level, held[one.pk], len(children), number == 0, number == len(siblings) - 1)
            )
            walk(children, level + 1)

    walk(under.get(None, []), 1)
    return lines


@dataclass(frozen=True)
class Merge:
    """What moves when one ability is merged into another."""

    requirements: Sequence[Requirement]
    abilities: Sequence[Capability]


def merge_preview(capability: Capability) -> Merge:
    """Two queries."""
    return Merge(
        list(capability.requirements.select_related("product").order_by("number")),
        list(capability.children.order_by("position", "name")),
    )
