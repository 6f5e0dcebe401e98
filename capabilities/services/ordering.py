"""The order a product's requirements are put in by hand: places with room between them, so that a move writes one row."""

from typing import Literal

from django.db import connection, transaction
from django.db.models import Max, Q

from capabilities.models import Product, Requirement
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record

ROOM = 1_024
SPREAD = """
UPDATE capabilities_requirement AS row SET position = placed.place * %s
FROM (SELECT id, row_number() OVER (ORDER BY position, number) AS place FROM capabilities_requirement WHERE product_id = %s) AS placed
WHERE row.id = placed.id"""
Where = Literal["before", "after", "top", "bottom", "up", "down"]


def next_positions(product: Product, count: int) -> list[int]:
    """Where new requirements go: behind all others once there is an order, else 0. One query."""
    last = product.requirements.aggregate(last=Max("position"))["last"] or 0
    return [last + ROOM * step if last else 0 for step in range(1, count + 1)]


@transaction.atomic
def move_requirement(
    *, actor: User, requirement: Requirement, where: Where, other: Requirement | None = None
) -> Requirement:
    """Put it before or after another of its product, first or last, or one place up or down. Up to eight queries.

    Moves of one product wait for each other. Raises Refused when the other is of another product, or none is given where one is needed.
    """
    product = Product.objects.select_for_update().get(pk=requirement.product_id)
    requirement.refresh_from_db()
    if where in {"before", "after"}:
        if other is None or other.product_id != product.pk or other.pk == requirement.pk:
            raise Refused("Name another requirement of the same product.", code="order")
        other.refresh_from_db()
    low, high = _ends(requirement, where, other)
    if not _fits(low, high):
        with connection.cursor() as cursor:
            cursor.execute(SPREAD, [ROOM, product.pk])
        requirement.refresh_from_db()
        if other is not None:
            other.refresh_from_db()
        low, high = _ends(requirement, where, other)
    _write(requirement, low, high)
    record(
        actor=actor,
        verb="requirement.moved",
        noun="requirement",
        object_id=requirement.pk,
        label=f"{product.key}-{requirement.number}",
        product=product.key,
        after={where: f"{product.key}-{other.number}"} if other else {"to": where},
    )
    return requirement


def _write(requirement: Requirement, low: int | None, high: int | None) -> None:
    if low is None and high is None:
        return
    place = (low or 0) + (ROOM if high is None else (high - (low or 0)) // 2)
    Requirement.objects.filter(pk=requirement.pk).update(position=place)
    requirement.position = place


def _fits(low: int | None, high: int | None) -> bool:
    """Whether a place is free between the two; None at an end."""
    return (high is None and bool(low)) or (high is not None and high - (low or 0) > 1)


def _ends(requirement: Requirement, where: Where, other: Requirement | None) -> tuple[int | None, int | None]:
    """The positions it comes between: of the row before and the row after, None where there is none."""
    rows = Requirement.objects.filter(product=requirement.product_id).exclude(pk=requirement.pk)
    places = rows.order_by("position", "number").values_list("position", flat=True)
    back = rows.order_by("-position", "-number").values_list("position", flat=True)
    if where == "top":
        return None, places.first()
    if where == "bottom":
        return back.first(), None
    mark = other if other is not None and where in {"before", "after"} else requirement
    behind = Q(position__gt=mark.position) | Q(position=mark.position, number__gt=mark.number)
    ahead = Q(position__lt=mark.position) | Q(position=mark.position, number__lt=mark.number)
    if where == "after":
        return mark.position, places.filter(behind).first()
    if where == "before":
        return back.filter(ahead).first(), mark.position
    if where == "up":
        near = list(back.filter(ahead)[:2])
        return (near[1] if len(near) > 1 else None), (near[0] if near else requirement.position + 1)
    near = list(places.filter(behind)[:2])
    return (near[0] if near else requirement.position), (near[1] if len(near) > 1 else None)
