"""Rival sets: the competitors a product agreed to be held against. They never change; the newest counts for new criteria."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedReference, OwnedViewSet
from capabilities.models import RivalSet
from capabilities.queries.references import find_product
from capabilities.services.products import create_rival_set
from config.api.bodies import Body, Reference, checked
from config.people.requests import person
from evaluations.models import Model
from evaluations.queries.references import find_model


class RivalSetSerializer(serializers.ModelSerializer[RivalSet]):
    product = serializers.CharField(source="product.key", read_only=True)
    models = serializers.SlugRelatedField[Model](
        source="rivals", slug_field="slug", many=True, read_only=True
    )

    class Meta:
        model = RivalSet
        fields = ("id", "product", "number", "models", "note", "created_at")
        read_only_fields = fields


class RivalSetBody(Body):
    product = OwnedReference(find_product, "product", help_text="Key.")
    models = serializers.ListField(
        child=Reference(find_model, "model"), max_length=100, help_text="Slugs of competitors."
    )
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


class RivalSetFilter(filters.FilterSet):
    product = filters.CharFilter(field_name="product__key")
    model = filters.CharFilter(field_name="rivals__slug", distinct=True)

    class Meta:
        model = RivalSet
        fields: tuple[str, ...] = ()


class RivalSetViewSet(OwnedViewSet[RivalSet]):
    """Rival sets of products, newest first."""

    queryset = (
        RivalSet.objects.filter(frozen_at__isnull=False)
        .select_related("product")
        .prefetch_related("rivals")
        .order_by("product__key", "-number")
    )
    serializer_class = RivalSetSerializer
    filterset_class = RivalSetFilter
    lookup_value_converter = "int"
    scopes = {"create": "write"}
    actions = {"create": "write_requirements"}

    @extend_schema(request=RivalSetBody, responses={201: RivalSetSerializer})
    def create(self, request: Request) -> Response:
        """The next rival set of a product."""
        made = create_rival_set(actor=person(request), **checked(RivalSetBody, request))
        shown = RivalSetSerializer(self.get_queryset().get(pk=made.pk)).data
        return Response(shown, status=status.HTTP_201_CREATED)
