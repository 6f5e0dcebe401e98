"""The capability tree and the objectives of a product."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from capabilities.models import Capability, Objective, Product
from capabilities.services.capability_tree import DEEPEST, record_deed, refuse_place, tree_of
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record


@transaction.atomic
def create_capability(
    *,
    actor: User | None,
    product: Product,
    name: str,
    slug: str,
    parent: Capability | None = None,
    **fields: Any,
) -> Capability:
    """An ability in the product's tree. Raises ValidationError."""
    if parent is not None and parent.product_id != product.pk:
        raise ValidationError({"parent": "The parent belongs to another product."})
    capability = Capability(product=product, name=name, slug=slug, parent=parent, **fields)
    tree = tree_of(product)
    if parent is not None and tree.level(tree.rows[parent.pk]) >= DEEPEST:
        raise Refused(f"The tree is at most {DEEPEST} levels deep.", code="too_deep")
    capability.full_clean()
    capability.save()
    record_deed(actor, capability, "capability.created", after=_shown(capability))
    return capability


@transaction.atomic
def edit_capability(*, actor: User | None, capability: Capability, **fields: Any) -> Capability:
    """Rename, describe or move an ability; moving it under itself is refused."""
    capability = (
        Capability.objects.select_for_update(of=("self",)).select_related("product").get(pk=capability.pk)
    )
    before = _shown(capability)
    for name, value in fields.items():
        setattr(capability, name, value)
    _refuse_place(capability)
    capability.full_clean()
    capability.save()
    record_deed(actor, capability, "capability.changed", before=before, after=_shown(capability))
    return capability


@transaction.atomic
def remove_capability(*, actor: User | None, capability: Capability) -> None:
    """Take an empty ability out of the tree. Raises Refused while something hangs under it."""
    if capability.requirements.exists() or capability.children.exists():
        raise Refused(
            f"{capability.name} still has requirements or abilities under it. Move them first.",
            code="not_empty",
        )
    record_deed(actor, capability, "capability.removed", before=_shown(capability))
    capability.delete()


def _refuse_place(capability: Capability) -> None:
    tree = tree_of(capability.product)
    parent = tree.rows.get(capability.parent_id or 0)
    refuse_place(tree, capability, parent)


def _shown(capability: Capability) -> dict[str, Any]:
    names = ("name", "slug", "description", "kinds", "position")
    return {name: getattr(capability, name) for name in names} | {"parent": capability.parent_id}


@transaction.atomic
def create_objective(*, actor: User | None, product: Product, title: str, **fields: Any) -> Objective:
    """Where the product goes. Raises ValidationError."""
    objective = Objective(product=product, title=title, **fields)
    objective.full_clean()
    objective.save()
    _record_objective(actor, objective, "objective.created", after=_objective(objective))
    return objective


@transaction.atomic
def edit_objective(*, actor: User | None, objective: Objective, **fields: Any) -> Objective:
    """Say it in other words, or place it elsewhere. Raises ValidationError."""
    objective = (
        Objective.objects.select_for_update(of=("self",)).select_related("product").get(pk=objective.pk)
    )
    before = _objective(objective)
    for name, value in fields.items():
        setattr(objective, name, value)
    objective.full_clean()
    objective.save()
    _record_objective(actor, objective, "objective.changed", before=before, after=_objective(objective))
    return objective


@transaction.atomic
def remove_objective(*, actor: User | None, objective: Objective) -> None:
    """Take an objective away. Raises Refused while requirements, also retired ones, are under it."""
    objective = (
        Objective.objects.select_for_update(of=("self",)).select_related("product").get(pk=objective.pk)
    )
    if objective.requirements.exists():
        raise Refused(
            f"{objective.title} still has requirements under it. Put them under another objective first.",
            code="not_empty",
        )
    _record_objective(actor, objective, "objective.removed", before=_objective(objective))
    objective.delete()


def _objective(objective: Objective) -> dict[str, Any]:
    return {name: getattr(objective, name) for name in ("title", "narrative", "horizon", "position")}


def _record_objective(actor: User | None, objective: Objective, verb: str, **details: Any) -> None:
    record(
        actor=actor,
        verb=verb,
        noun="objective",
        object_id=objective.pk,
        label=objective.title,
        product=objective.product.key,
        **details,
    )
