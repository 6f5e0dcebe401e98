"""Notes with a day: those of a requirement, and those of a product that wait or are due."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from capabilities.models import Product, Remark, Requirement
from capabilities.models.remarks import RemarkQuerySet

DUE_SHOWN = 12
PEOPLE = ("author", "settled_by", "requirement__product", "problem__product")


def in_products(products: QuerySet[Product]) -> RemarkQuerySet:
    """Notes with a day on requirements and problems of these products, the next day first."""
    where = Q(requirement__product__in=products) | Q(problem__product__in=products)
    rows = Remark.objects.filter(where, remind_on__isnull=False)
    return rows.select_related(*PEOPLE).order_by("remind_on", "id")


def due_in(product: Product, today: date) -> list[Remark]:
    """What is due in a product, the longest due first; at most twelve. One query."""
    return list(in_products(Product.objects.filter(pk=product.pk)).due(today)[:DUE_SHOWN])


def remarks_of(requirement: Requirement) -> list[Remark]:
    """Of a requirement: what waits first, by day, then what was looked at. One query."""
    rows = Remark.objects.filter(requirement=requirement).select_related("author", "settled_by")
    return sorted(rows, key=lambda said: (said.settled_at is not None, said.remind_on, said.pk))


def waiting_of(requirement_ids: Iterable[int]) -> dict[int, Remark]:
    """The next waiting note of each of these requirements. One query, none without requirements."""
    ids = list(requirement_ids)
    if not ids:
        return {}
    rows = Remark.objects.waiting().filter(requirement__in=ids).order_by("requirement_id", "remind_on", "id")
    return {said.requirement_id: said for said in rows.distinct("requirement_id") if said.requirement_id}
