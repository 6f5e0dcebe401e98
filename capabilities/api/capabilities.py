"""The capability tree."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.decisions import DecisionSerializer
from capabilities.api.owned import OwnedReference, OwnedViewSet
from capabilities.api.requirement_bodies import VersionQuery
from capabilities.api.requirements import versions_for
from capabilities.models import Capability, Product
from capabilities.queries.decisions import decision_table, records
from capabilities.queries.references import find_product
from capabilities.services.capabilities import create_capability, edit_capability, remove_capability
from capabilities.services.capability_tree import merge_capabilities, place_capability
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


class PlaceCapabilityBody(Body):
    parent = serializers.SlugField(  # type: ignore[assignment]
        allow_null=True, help_text="Slug of the ability above, null for the top."
    )
    before = serializers.SlugField(
        required=False, allow_null=True, help_text="Slug of the one it comes before; without it, last."
    )


class MergeCapabilityBody(Body):
    into = serializers.SlugField(help_text="Slug of the ability that takes everything over.")


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
    scopes = dict.fromkeys(("create", "partial_update", "destroy", "place", "merge"), "write")
    actions = {
        "create": "write_requirements",
        "partial_update": "write_requirements",
        "destroy": "write_requirements",
        "place": "write_requirements",
        "merge": "write_requirements",
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

    @extend_schema(parameters=[VersionQuery], responses=DecisionSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def decisions(self, request: Request, pk: int) -> Response:
        """As a decision table: under which condition the model shall do what, and which rows contradict each other."""
        versions = versions_for(request, self.row.product)
        table = decision_table(self.row, person(request), versions)
        return Response(DecisionSerializer(list(records(table)), many=True).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Take an empty ability out of the tree."""
        remove_capability(actor=person(request), capability=self.row)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=PlaceCapabilityBody, responses=CapabilitySerializer)
    @action(detail=True, methods=["post"])
    def place(self, request: Request, pk: int) -> Response:
        """Move it in the tree, with everything under it."""
        body = checked(PlaceCapabilityBody, request)
        product = self.row.product
        placed = place_capability(
            actor=person(request),
            capability=self.row,
            parent=_named(product, "parent", body["parent"]),
            before=_named(product, "before", body.get("before")),
        )
        return Response(CapabilitySerializer(placed).data)

    @extend_schema(request=MergeCapabilityBody, responses=CapabilitySerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: int) -> Response:
        """Move everything under it to another ability and take it out of the tree."""
        into = _named(self.row.product, "into", checked(MergeCapabilityBody, request)["into"])
        if into is None:
            raise ValidationError({"into": ["Say which ability takes it over."]})
        kept = merge_capabilities(actor=person(request), capability=self.row, into=into)
        return Response(CapabilitySerializer(kept).data)


def _with_parent(fields: dict[str, Any], product: Product) -> dict[str, Any]:
    """The fields with the parent itself in place of its slug. Raises ValidationError."""
    if fields.get("parent") is None:
        return fields
    return {**fields, "parent": _named(product, "parent", fields["parent"])}


def _named(product: Product, name: str, slug: str | None) -> Capability | None:
    """The ability a field of the body names. Raises ValidationError."""
    if slug is None:
        return None
    found = product.capabilities.select_related("product", "parent").filter(slug=slug).first()
    if found is None:
        raise ValidationError({name: [f"{product.key} has no ability “{slug[:50]}”."]})
    return found
