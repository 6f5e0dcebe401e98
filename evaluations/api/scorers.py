"""Scorers: what turns an output into a number."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import Body, checked
from config.people.requests import person
from evaluations.models import Scorer, ScorerVersion
from evaluations.services.scorers import create_scorer_version


class ScorerVersionSerializer(serializers.ModelSerializer[ScorerVersion]):
    class Meta:
        model = ScorerVersion
        fields = (
            "id",
            "number",
            "kind",
            "config",
            "direction",
            "unit",
            "value_kind",
            "low",
            "high",
            "pass_mark",
            "fingerprint",
            "created_at",
        )
        read_only_fields = fields


class ScorerSerializer(serializers.ModelSerializer[Scorer]):
    versions = ScorerVersionSerializer(many=True, read_only=True, help_text="Newest first.")

    class Meta:
        model = Scorer
        fields = ("slug", "name", "description", "versions")
        read_only_fields = fields


class ScorerBody(Body):
    slug = serializers.SlugField(max_length=50)
    name = serializers.CharField(max_length=120, required=False)
    kind = serializers.CharField(max_length=40)
    config = serializers.DictField(required=False, default=dict)
    direction = serializers.ChoiceField(choices=ScorerVersion.Direction.choices, required=False)
    unit = serializers.CharField(max_length=20, required=False)
    value_kind = serializers.ChoiceField(choices=ScorerVersion.ValueKind.choices, required=False)
    low = serializers.FloatField(required=False)
    high = serializers.FloatField(required=False)
    pass_mark = serializers.FloatField(required=False)


class ScorerFilter(filters.FilterSet):
    kind = filters.CharFilter(field_name="versions__kind", distinct=True)

    class Meta:
        model = Scorer
        fields: tuple[str, ...] = ()


class ScorerViewSet(ReadOnlyModelViewSet[Scorer]):
    """Scorers with their versions."""

    queryset = Scorer.objects.prefetch_related("versions").order_by("slug")
    serializer_class = ScorerSerializer
    filterset_class = ScorerFilter
    lookup_field = "slug"
    scopes = {"create": "write"}

    @extend_schema(request=ScorerBody, responses={201: ScorerSerializer})
    def create(self, request: Request) -> Response:
        """The next version of a scorer, which is made when its slug is new. The same content again makes none."""
        fields: dict[str, Any] = checked(ScorerBody, request)
        version = create_scorer_version(actor=person(request), **fields)
        shown = ScorerSerializer(self.get_queryset().get(pk=version.scorer_id)).data
        return Response(shown, status=status.HTTP_201_CREATED)
