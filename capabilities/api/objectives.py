"""Objectives: where a product goes, now, next or later."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedReference, OwnedViewSet
from capabilities.models import Objective
from capabilities.queries.references import find_product
from capabilities.services.capabilities import create_objective, edit_objective, remove_objective
from config.api.bodies import Body, checked
from config.people.requests import person


class ObjectiveSerializer(serializers.ModelSerializer[Objective]):
    product = serializers.CharField(source="product.key", read_only=True)

    class Meta:
        model = Objective
        fields = ("id", "product", "title", "narrative", "horizon", "position")
        read_only_fields = fields


class ChangeObjectiveBody(Body):
    title = serializers.CharField(max_length=160, required=False)
    narrative = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    horizon = serializers.ChoiceField(choices=Objective.Horizon.choices, required=False)
    position = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class ObjectiveBody(ChangeObjectiveBody):
    product = OwnedReference(find_product, "product", help_text="Key.")
    title = serializers.CharField(max_length=160)


class ObjectiveFilter(filters.FilterSet):
    product = filters.CharFilter(field_name="product__key")
    horizon = filters.ChoiceFilter(choices=Objective.Horizon.choices)

    class Meta:
        model = Objective
        fields: tuple[str, ...] = ()


class ObjectiveViewSet(OwnedViewSet[Objective]):
    """Objectives of products."""

    queryset = Objective.objects.select_related("product").order_by(
        "product__key", "horizon", "position", "title"
    )
    serializer_class = ObjectiveSerializer
    filterset_class = ObjectiveFilter
    lookup_value_converter = "int"
    scopes = {"create": "write", "partial_update": "write", "destroy": "write"}
    actions = {
        "create": "write_requirements",
        "partial_update": "write_requirements",
        "destroy": "write_requirements",
    }

    @extend_schema(request=ObjectiveBody, responses={201: ObjectiveSerializer})
    def create(self, request: Request) -> Response:
        """Where the product goes."""
        made = create_objective(actor=person(request), **checked(ObjectiveBody, request))
        return Response(ObjectiveSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ChangeObjectiveBody, responses=ObjectiveSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Say it in other words, or place it elsewhere."""
        fields = checked(ChangeObjectiveBody, request)
        changed = edit_objective(actor=person(request), objective=self.row, **fields)
        return Response(ObjectiveSerializer(changed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Take an objective away that no requirement is under."""
        remove_objective(actor=person(request), objective=self.row)
        return Response(status=status.HTTP_204_NO_CONTENT)
