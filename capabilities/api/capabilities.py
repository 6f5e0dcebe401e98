"""The capability tree."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedReference, OwnedViewSet
from capabilities.models import Capability, Product
from capabilities.queries.references import find_product
from capabilities.services.capabilities import create_capability, edit_capability, remove_capability
from config.api.bodies import Body, checked
from config.people.requests import person
from evaluations.models import Kind


class CapabilitySerializer(serializers.ModelSerializer[Capability]):
    product = serializers.CharField(source="product.key", read_only=True)
    parent = serializers.SlugRelatedField[Capability](slug_field="slug", read_only=True, allow_null=True)  # type: ignore[assignment]

    class Meta:
        model = Capability
        fields = ("id", "product", "slug", "name", "description", "parent", "kinds", "position")
        read_only_fields = fields


class ChangeCapabilityBody(Body):
    slug = serializers.SlugField(max_length=50, required=False)
    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    parent = serializers.SlugField(  # type: ignore[assignment]
        required=False, allow_null=True, help_text="Slug of the ability above, in the same product."
    )
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=Kind.choices), required=False, max_length=20
    )
    position = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class CapabilityBody(ChangeCapabilityBody):
    product = OwnedReference(find_product, "product", help_text="Key.")
    slug = serializers.SlugField(max_length=50)
    name = serializers.CharField(max_length=120)


class CapabilityFilter(filters.FilterSet):
    product = filters.CharFilter(field_name="product__key")
    parent = filters.CharFilter(field_name="parent__slug")

    class Meta:
        model = Capability
        fields: tuple[str, ...] = ()


class CapabilityViewSet(OwnedViewSet[Capability]):
    """Abilities in the trees of products."""

    queryset = Capability.objects.select_related("product", "parent").order_by(
        "product__key", "position", "name"
    )
    serializer_class = CapabilitySerializer
    filterset_class = CapabilityFilter
    lookup_value_converter = "int"
    scopes = {"create": "write", "partial_update": "write", "destroy": "write"}
    actions = {
        "create": "write_requirements",
        "partial_update": "write_requirements",
        "destroy": "write_requirements",
    }

    @extend_schema(request=CapabilityBody, responses={201: CapabilitySerializer})
    def create(self, request: Request) -> Response:
        """An ability in a product's tree."""
        fields = checked(CapabilityBody, request)
        made = create_capability(actor=person(request), **_with_parent(fields, fields["product"]))
        return Response(CapabilitySerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ChangeCapabilityBody, responses=CapabilitySerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Rename, describe or move an ability."""
        fields = _with_parent(checked(ChangeCapabilityBody, request), self.row.product)
        changed = edit_capability(actor=person(request), capability=self.row, **fields)
        return Response(CapabilitySerializer(changed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Take an empty ability out of the tree."""
        remove_capability(actor=person(request), capability=self.row)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _with_parent(fields: dict[str, Any], product: Product) -> dict[str, Any]:
    """The fields with the parent itself in place of its slug. Raises ValidationError."""
    slug = fields.get("parent")
    if slug is None:
        return fields
    parent = product.capabilities.select_related("product").filter(slug=slug).first()
    if parent is None:
        raise ValidationError({"parent": [f"{product.key} has no ability “{slug[:50]}”."]})
    return {**fields, "parent": parent}
