"""Objectives: where a product goes, now, next or later."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedReference, OwnedViewSet
from capabilities.models import Objective
from capabilities.queries.references import find_product
from capabilities.services.capabilities import create_objective, edit_objective, remove_objective
from capabilities.services.objective_order import place_objective
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


class PlaceObjectiveBody(Body):
    horizon = serializers.ChoiceField(choices=Objective.Horizon.choices)
    before = serializers.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        allow_null=True,
        help_text="Id of the objective it comes before; without it, last.",
    )


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
    scopes = dict.fromkeys(("create", "partial_update", "destroy", "place"), "write")
    actions = {
        "create": "write_requirements",
        "partial_update": "write_requirements",
        "destroy": "write_requirements",
        "place": "write_requirements",
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

    @extend_schema(request=PlaceObjectiveBody, responses=ObjectiveSerializer)
    @action(detail=True, methods=["post"])
    def place(self, request: Request, pk: int) -> Response:
        """Move it between now, next and later, or among those of one time."""
        body = checked(PlaceObjectiveBody, request)
        before = None
        if body.get("before") is not None:
            before = self.row.product.objectives.filter(pk=body["before"], horizon=body["horizon"]).first()
            if before is None:
                raise ValidationError({"before": ["No objective of that time has this id."]})
        placed = place_objective(
            actor=person(request), objective=self.row, horizon=body["horizon"], before=before
        )
        return Response(ObjectiveSerializer(placed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Take an objective away that no requirement is under."""
        remove_objective(actor=person(request), objective=self.row)
        return Response(status=status.HTTP_204_NO_CONTENT)
