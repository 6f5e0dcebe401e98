"""The capability tree and the objectives of a product."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from capabilities.models import Capability, Objective, Product
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
    capability.full_clean()
    capability.save()
    _record(actor, capability, "capability.created")
    return capability


@transaction.atomic
def edit_capability(*, actor: User | None, capability: Capability, **fields: Any) -> Capability:
    """Rename, describe or move an ability; moving it under itself is refused."""
    capability = (
        Capability.objects.select_for_update(of=("self",)).select_related("product").get(pk=capability.pk)
    )
    for name, value in fields.items():
        setattr(capability, name, value)
    _refuse_cycle(capability)
    capability.full_clean()
    capability.save()
    _record(actor, capability, "capability.changed")
    return capability


@transaction.atomic
def remove_capability(*, actor: User | None, capability: Capability) -> None:
    """Take an empty ability out of the tree. Raises Refused while something hangs under it."""
    if capability.requirements.exists() or capability.children.exists():
        raise Refused(
            f"{capability.name} still has requirements or abilities under it. Move them first.",
            code="not_empty",
        )
    _record(actor, capability, "capability.removed")
    capability.delete()


def _refuse_cycle(capability: Capability) -> None:
    parents: dict[int, int | None] = dict(
        Capability.objects.filter(product_id=capability.product_id).values_list("pk", "parent_id")
    )
    parents[capability.pk] = capability.parent_id
    above = capability.parent_id
    while above is not None:
        if above == capability.pk:
            raise Refused(f"{capability.name} cannot hang under itself.", code="cycle")
        above = parents.get(above)


def _record(actor: User | None, capability: Capability, verb: str) -> None:
    record(
        actor=actor,
        verb=verb,
        noun="capability",
        object_id=capability.pk,
        label=capability.slug,
        product=capability.product.key,
        after={"name": capability.name, "parent": capability.parent_id},
    )


@transaction.atomic
def create_objective(*, actor: User | None, product: Product, title: str, **fields: Any) -> Objective:
    """Where the product goes. Raises ValidationError."""
    objective = Objective(product=product, title=title, **fields)
    objective.full_clean()
    objective.save()
    _record_objective(actor, objective, "objective.created")
    return objective


@transaction.atomic
def edit_objective(*, actor: User | None, objective: Objective, **fields: Any) -> Objective:
    """Say it in other words, or place it elsewhere. Raises ValidationError."""
    objective = (
        Objective.objects.select_for_update(of=("self",)).select_related("product").get(pk=objective.pk)
    )
    for name, value in fields.items():
        setattr(objective, name, value)
    objective.full_clean()
    objective.save()
    _record_objective(actor, objective, "objective.changed")
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
    _record_objective(actor, objective, "objective.removed")
    objective.delete()


def _record_objective(actor: User | None, objective: Objective, verb: str) -> None:
    record(
        actor=actor,
        verb=verb,
        noun="objective",
        object_id=objective.pk,
        label=objective.title,
        product=objective.product.key,
        after={"horizon": objective.horizon},
    )
