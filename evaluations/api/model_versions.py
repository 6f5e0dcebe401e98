"""Versions of models: what is evaluated. Their identity never changes; stage and prices may."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import Body, Reference, checked
from config.people.navigation import first_url
from config.people.requests import person
from evaluations.models import Kind, ModelVersion, Price, Side
from evaluations.queries.references import find_model_version, find_prompt_version
from evaluations.services.models import FACTS, IDENTITY, set_price, set_stage


def modelversions() -> QuerySet[ModelVersion]:
    """Versions with all that is shown of them. Two queries."""
    related = ("model", "own_prompt__prompt", "parent__model")
    return ModelVersion.objects.select_related(*related).prefetch_related("prices")


class PriceSerializer(serializers.ModelSerializer[Price]):
    class Meta:
        model = Price
        fields = ("unit", "amount", "currency", "from_date")
        read_only_fields = fields


class ModelVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    label = serializers.CharField(read_only=True, help_text="slug@name, which every version= takes.")  # type: ignore[assignment]
    model = serializers.CharField(source="model.slug", read_only=True)
    kind = serializers.ChoiceField(source="model.kind", choices=Kind.choices, read_only=True)
    side = serializers.ChoiceField(source="model.side", choices=Side.choices, read_only=True)
    own_prompt = serializers.StringRelatedField[Any](allow_null=True)
    parent = serializers.StringRelatedField[Any](allow_null=True)  # type: ignore[assignment]
    prices = PriceSerializer(many=True, read_only=True)
    day_url = serializers.SerializerMethodField(
        help_text="Its new-model day: what to try on it, what changed."
    )

    def get_day_url(self, version: ModelVersion) -> str:
        return first_url(("capabilities:model-day",), version.model.slug, version.name)

    class Meta:
        model = ModelVersion
        fields = (
            "id",
            "label",
            "model",
            "name",
            "kind",
            "side",
            "api_id",
            "parameters",
            "own_prompt",
            "floating",
            "stage",
            "released_on",
            "shutdown_on",
            "training_run",
            "step",
            "git_sha",
            "parent",
            "held_to",
            "context_window",
            "modalities",
            "prices",
            "day_url",
            "created_at",
        )
        read_only_fields = fields


class RegisterBody(Body):
    """What makes a checkpoint itself, and what is known of it. What is absent is not compared with what is registered."""

    api_id = serializers.CharField(max_length=300, required=False, allow_blank=True)
    parameters = serializers.DictField(required=False)
    own_prompt = Reference(
        find_prompt_version, "prompt", required=False, allow_null=True, help_text="slug or slug@number"
    )
    floating = serializers.BooleanField(required=False)
    training_run = serializers.CharField(max_length=120, required=False, allow_blank=True)
    step = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**63 - 1)
    git_sha = serializers.CharField(max_length=64, required=False, allow_blank=True)
    parent = Reference(  # type: ignore[assignment]
        find_model_version, "version", required=False, allow_null=True, help_text="slug@name or an id"
    )
    stage = serializers.ChoiceField(choices=ModelVersion.Stage.choices, required=False)
    released_on = serializers.DateField(required=False, allow_null=True)
    shutdown_on = serializers.DateField(required=False, allow_null=True)
    held_to = serializers.CharField(max_length=20, required=False, allow_blank=True)
    context_window = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=2**31 - 1
    )
    modalities = serializers.ListField(
        child=serializers.CharField(max_length=20), required=False, max_length=20
    )


def split_registration(fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The identity and the facts in a registration."""
    identity = {name: value for name, value in fields.items() if name in IDENTITY}
    return identity, {name: value for name, value in fields.items() if name in FACTS}


class StageBody(Body):
    stage = serializers.ChoiceField(choices=["released", "retired"])
    released_on = serializers.DateField(required=False, allow_null=True)


class PriceBody(Body):
    unit = serializers.ChoiceField(choices=Price.Unit.choices)
    amount = serializers.DecimalField(max_digits=14, decimal_places=6, min_value=0)
    currency = serializers.RegexField(r"^[A-Z]{3}$", default="USD")
    from_date = serializers.DateField()


class ModelVersionFilter(filters.FilterSet):
    model = filters.CharFilter(field_name="model__slug")
    kind = filters.ChoiceFilter(field_name="model__kind", choices=Kind.choices)
    side = filters.ChoiceFilter(field_name="model__side", choices=Side.choices)
    stage = filters.ChoiceFilter(choices=ModelVersion.Stage.choices)
    training_run = filters.CharFilter()
    held_to = filters.CharFilter()
    floating = filters.BooleanFilter()

    class Meta:
        model = ModelVersion
        fields: tuple[str, ...] = ()


class ModelVersionViewSet(ReadOnlyModelViewSet[ModelVersion]):
    """Versions of all models, newest first; one by `slug@name` or its id."""

    serializer_class = ModelVersionSerializer
    filterset_class = ModelVersionFilter
    lookup_url_kwarg = "version"
    queryset = ModelVersion.objects.order_by("-id")
    scopes = {"stage": "write", "prices": "write"}

    def get_queryset(self) -> QuerySet[ModelVersion]:
        return modelversions().order_by("-id")

    def get_object(self) -> ModelVersion:
        if (found := find_model_version(self.kwargs["version"])) is None:
            raise Http404
        return found

    def _shown(self, version: ModelVersion, code: int = status.HTTP_200_OK) -> Response:
        return Response(ModelVersionSerializer(modelversions().get(pk=version.pk)).data, status=code)

    @extend_schema(request=StageBody, responses=ModelVersionSerializer)
    @action(detail=True, methods=["post"])
    def stage(self, request: Request, version: str) -> Response:
        """Release or retire the version."""
        fields = checked(StageBody, request)
        return self._shown(set_stage(actor=person(request), version=self.get_object(), **fields))

    @extend_schema(request=PriceBody, responses={201: ModelVersionSerializer})
    @action(detail=True, methods=["post"], filter_backends=[], pagination_class=None)
    def prices(self, request: Request, version: str) -> Response:
        """Say what a unit costs from a date on; the same date again corrects it."""
        found = self.get_object()
        set_price(actor=person(request), version=found, **checked(PriceBody, request))
        return self._shown(found, status.HTTP_201_CREATED)
