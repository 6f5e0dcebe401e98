"""Models and, by natural key, their versions: `/models/{slug}/versions/{name}/`."""

from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import Body, Reference, checked
from config.people.access import may
from config.people.requests import person
from evaluations.api.model_versions import (
    ModelVersionSerializer,
    RegisterBody,
    modelversions,
    split_registration,
)
from evaluations.models import Kind, Model, Provider, Side
from evaluations.services.models import create_model, register_version


class ModelSerializer(serializers.ModelSerializer[Model]):
    provider = serializers.SlugRelatedField[Provider](slug_field="slug", read_only=True, allow_null=True)

    class Meta:
        model = Model
        fields = ("id", "slug", "name", "vendor", "kind", "side", "provider", "terms", "description")
        read_only_fields = fields


class CreateModelBody(Body):
    slug = serializers.SlugField(max_length=50)
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=Kind.choices)
    side = serializers.ChoiceField(choices=Side.choices)
    provider = Reference(
        lambda slug: Provider.objects.filter(slug=slug).first(),
        "provider",
        required=False,
        allow_null=True,
        help_text="Slug of the provider it is called at; none for models whose results are pushed.",
    )
    vendor = serializers.CharField(max_length=120, required=False, allow_blank=True)
    terms = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True)


class ModelFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=Kind.choices)
    side = filters.ChoiceFilter(choices=Side.choices)
    provider = filters.CharFilter(field_name="provider__slug")
    product = filters.CharFilter(method="of_product", label="Key of a product it is a subject of.")

    class Meta:
        model = Model
        fields: tuple[str, ...] = ()

    def of_product(self, models: QuerySet[Model], _name: str, key: str) -> QuerySet[Model]:
        """What a restricted product is about is told to its members and to administrators only."""
        asking = person(self.request)
        named = Q(products__key=key)
        if not may(asking, "manage"):
            named &= Q(products__restricted=False) | Q(products__memberships__user=asking)
        return models.filter(named).distinct()


class ModelViewSet(ReadOnlyModelViewSet[Model]):
    """Models: ours, competitors' and simple alternatives."""

    queryset = Model.objects.select_related("provider").order_by("slug")
    serializer_class = ModelSerializer
    filterset_class = ModelFilter
    lookup_field = "slug"
    scopes = {"create": "write"}

    @extend_schema(request=CreateModelBody, responses={201: ModelSerializer})
    def create(self, request: Request) -> Response:
        """A model without versions. Two queries for its check, one to store it."""
        made = create_model(actor=person(request), **checked(CreateModelBody, request))
        return Response(ModelSerializer(made).data, status=status.HTTP_201_CREATED)


NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, description="The version's name, without @.")


class ModelVersionByName(APIView):
    """One version of a model by its natural key."""

    scopes = {"PUT": "push"}

    @extend_schema(parameters=[NAME], responses=ModelVersionSerializer)
    def get(self, request: Request, slug: str, name: str) -> Response:
        """The version of this name."""
        version = get_object_or_404(modelversions(), model__slug=slug, name=name)
        return Response(ModelVersionSerializer(version).data)

    @extend_schema(
        parameters=[NAME],
        request=RegisterBody,
        responses={200: ModelVersionSerializer, 201: ModelVersionSerializer},
    )
    def put(self, request: Request, slug: str, name: str) -> Response:
        """Register a checkpoint: 201 when it is new, 200 with the same one again, 409 when its identity differs."""
        model = get_object_or_404(Model.objects.select_related("provider"), slug=slug)
        identity, facts = split_registration(checked(RegisterBody, request))
        version, created = register_version(
            actor=person(request), model=model, name=name, identity=identity, facts=facts
        )
        shown: dict[str, Any] = ModelVersionSerializer(modelversions().get(pk=version.pk)).data
        return Response(shown, status=status.HTTP_201_CREATED if created else status.HTTP_200_OK)
