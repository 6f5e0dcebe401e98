"""What products own is looked up among what the caller may see, and written with the role they have in its product."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.viewsets import ReadOnlyModelViewSet

from capabilities.models import Product
from capabilities.queries.products import role_in, visible_products
from capabilities.queries.references import find_product
from config.api.bodies import Reference
from config.people.models import User
from config.people.requests import person

Row = TypeVar("Row", bound=Model)


class OwnedReference(Reference):
    """Something of a product, named in a body or a query. What one may not see is answered as what is not there."""

    def __init__(
        self,
        find: Callable[[User, str], Any],
        noun: str,
        near: Callable[[User, str], Iterable[str]] = lambda user, text: (),
        **options: Any,
    ) -> None:
        super().__init__(
            lambda text: find(person(self.context["request"]), text),
            noun,
            lambda text: near(person(self.context["request"]), text),
            **options,
        )


def role_of(request: Request, product: Product | None) -> str | None:
    """The role that counts for this call; None for the site's. One query when there is a product."""
    return role_in(person(request), product) if product is not None else None


def named_product(request: Request) -> Product:
    """The product a body names. Raises Http404 where there is none, or none to be seen."""
    body = request.data
    if not isinstance(body, dict):
        raise ParseError("The body is one JSON object with named fields.")
    key = body.get("product")
    if not isinstance(key, str):
        raise ValidationError({"product": ["Say which product, by its key."]})
    product = find_product(person(request), key)
    if product is None:
        raise Http404
    return product


class OwnedViewSet(ReadOnlyModelViewSet[Row]):
    """Rows of products. `product_path` leads from a row to its product; creating one names the product in the body."""

    product_path = "product"

    def get_queryset(self) -> QuerySet[Row]:
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return rows.filter(**{f"{self.product_path}__in": visible_products(person(self.request))})

    @cached_property
    def row(self) -> Row:
        """The row this call is about, looked up once."""
        return self.get_object()

    def role_for(self, request: Request) -> str | None:
        if self.detail:
            return role_of(request, self.product_of(self.row))
        return None if request.method in SAFE_METHODS else role_of(request, named_product(request))

    def product_of(self, row: Row) -> Product:
        found: Any = row
        for step in self.product_path.split("__"):
            found = getattr(found, step)
        product: Product = found
        return product
