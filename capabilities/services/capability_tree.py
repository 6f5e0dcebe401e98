"""Moving abilities in a product's tree, and merging one into another. One writer at a time: the product's row is locked first."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from capabilities.models import Capability, Product
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record

DEEPEST = 5
STEPS = ("up", "down", "in", "out")


@dataclass(frozen=True)
class Tree:
    """A product's abilities, read under lock, in the order they stand."""

    rows: dict[int, Capability]
    under: dict[int | None, list[Capability]]

    def level(self, capability: Capability | None) -> int:
        """1 for an ability at the top, 0 for the top itself."""
        found = 0
        while capability is not None:
            found, capability = found + 1, self.rows.get(capability.parent_id or 0)
        return found

    def height(self, capability: Capability) -> int:
        """How many levels it takes with what is under it; 1 for one alone."""
        return 1 + max((self.height(child) for child in self.under[capability.pk]), default=0)

    def is_under(self, capability: Capability | None, above: Capability) -> bool:
        """Whether it is `above` or hangs somewhere under it."""
        while capability is not None:
            if capability.pk == above.pk:
                return True
            capability = self.rows.get(capability.parent_id or 0)
        return False


@transaction.atomic
def place_capability(
    *, actor: User | None, capability: Capability, parent: Capability | None, before: Capability | None = None
) -> Capability:
    """Hang it under `parent` (None: at the top) before one that hangs there, else last. Raises Refused for circles and depth."""
    tree = _locked(capability)
    moved = _in(tree, capability)
    above = _in(tree, parent) if parent else None
    refuse_place(tree, moved, above)
    siblings = [one for one in tree.under[above.pk if above else None] if one.pk != moved.pk]
    places = [number for number, one in enumerate(siblings) if before is not None and one.pk == before.pk]
    siblings.insert(places[0] if places else len(siblings), moved)
    was = {"parent": moved.parent_id, "position": moved.position}
    moved.parent = above
    for number, one in enumerate(siblings):
        one.position = number
    Capability.objects.bulk_update(siblings, ["position", "parent"])
    now = {"parent": moved.parent_id, "position": moved.position}
    if was != now:
        record_deed(actor, moved, "capability.moved", before=was, after=now)
    return moved


@transaction.atomic
def step_capability(*, actor: User | None, capability: Capability, to: str) -> Capability:
    """One step up or down among those beside it, in under the one above it, or out beside its parent. Raises Refused at an end."""
    tree = _locked(capability)
    moved = _in(tree, capability)
    siblings = tree.under[moved.parent_id]
    at = next(number for number, one in enumerate(siblings) if one.pk == moved.pk)
    above = tree.rows.get(moved.parent_id or 0)
    if (to in ("up", "in") and at == 0) or (to == "down" and at == len(siblings) - 1):
        raise Refused(f"{moved.name} stands {'last' if to == 'down' else 'first'} already.", code="at_end")
    if to == "out" and above is None:
        raise Refused(f"{moved.name} is at the top already.", code="at_end")
    if to == "in":
        return place_capability(actor=actor, capability=moved, parent=siblings[at - 1])
    if to == "out" and above is not None:
        beside = tree.under[above.parent_id]
        after = beside[next(number for number, one in enumerate(beside) if one.pk == above.pk) + 1 :]
        parent = tree.rows.get(above.parent_id or 0)
        return place_capability(actor=actor, capability=moved, parent=parent, before=next(iter(after), None))
    later = siblings[at - 1 :] if to == "up" else siblings[at + 2 :]
    return place_capability(actor=actor, capability=moved, parent=above, before=next(iter(later), None))


@transaction.atomic
def merge_capabilities(*, actor: User | None, capability: Capability, into: Capability) -> Capability:
    """Everything under `capability` moves under `into`, and it leaves the tree. Raises Refused for one under itself, and for depth."""
    tree = _locked(capability)
    gone, kept = _in(tree, capability), _in(tree, into)
    if tree.is_under(kept, gone):
        raise Refused(f"{gone.name} cannot be merged into itself or what is under it.", code="cycle")
    children = list(tree.under[gone.pk])
    for child in children:
        refuse_place(tree, child, kept)
    last = len(tree.under[kept.pk])
    for number, child in enumerate(children):
        child.parent, child.position = kept, last + number
    Capability.objects.bulk_update(children, ["position", "parent"])
    moved = [f"{one.product.key}-{one.number}" for one in gone.requirements.select_related("product")]
    gone.requirements.update(capability=kept)
    kinds = (
        [*kept.kinds, *(kind for kind in gone.kinds if kind not in kept.kinds)]
        if kept.kinds and gone.kinds
        else []
    )
    Capability.objects.filter(pk=kept.pk).update(kinds=kinds)
    was = {"name": gone.name, "parent": gone.parent_id}
    now = {"into": kept.slug, "requirements": moved, "abilities": [child.slug for child in children]}
    record_deed(actor, gone, "capability.merged", before=was, after=now)
    gone.delete()
    return kept


def refuse_place(tree: Tree, capability: Capability, parent: Capability | None) -> None:
    if tree.is_under(parent, capability):
        raise Refused(f"{capability.name} cannot hang under itself.", code="cycle")
    if tree.level(parent) + tree.height(capability) > DEEPEST:
        raise Refused(
            f"The tree is at most {DEEPEST} levels deep; {capability.name} would reach further.",
            code="too_deep",
        )


def _locked(capability: Capability) -> Tree:
    product = Product.objects.select_for_update().get(pk=capability.product_id)
    return tree_of(product)


def tree_of(product: Product) -> Tree:
    """One query."""
    rows = list(product.capabilities.select_related("product").order_by("position", "name", "pk"))
    under: dict[int | None, list[Capability]] = defaultdict(list)
    for row in rows:
        under[row.parent_id].append(row)
    return Tree({row.pk: row for row in rows}, under)


def _in(tree: Tree, capability: Capability) -> Capability:
    """The same as it is now. Raises Refused when somebody took it away meanwhile, and for one of another product."""
    if capability.pk not in tree.rows:
        raise Refused(f"{capability.name} is not in this tree any more. Reload the page.", code="gone")
    return tree.rows[capability.pk]


def record_deed(actor: User | None, capability: Capability, verb: str, **details: Any) -> None:
    """An entry of the trail about a capability (product loaded). details: before and after."""
    record(
        actor=actor,
        verb=verb,
        noun="capability",
        object_id=capability.pk,
        label=capability.slug,
        product=capability.product.key,
        **details,
    )
