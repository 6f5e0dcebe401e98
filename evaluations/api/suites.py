"""Suites: evaluations that run together."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import Body, Reference, checked
from config.people.requests import person
from evaluations.models import Evaluation, Suite
from evaluations.queries.references import find_evaluation
from evaluations.services.evaluations import create_suite


class SuiteSerializer(serializers.ModelSerializer[Suite]):
    evaluations = serializers.SlugRelatedField[Evaluation](slug_field="slug", many=True, read_only=True)

    class Meta:
        model = Suite
        fields = ("slug", "name", "description", "evaluations")
        read_only_fields = fields


class SuiteBody(Body):
    slug = serializers.SlugField(max_length=50)
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    evaluations = serializers.ListField(
        child=Reference(find_evaluation, "evaluation"), max_length=200, help_text="Their slugs."
    )


class SuiteFilter(filters.FilterSet):
    evaluation = filters.CharFilter(field_name="evaluations__slug", distinct=True)

    class Meta:
        model = Suite
        fields: tuple[str, ...] = ()


class SuiteViewSet(ReadOnlyModelViewSet[Suite]):
    """Suites with the slugs of their evaluations."""

    queryset = Suite.objects.prefetch_related("evaluations").order_by("slug")
    serializer_class = SuiteSerializer
    filterset_class = SuiteFilter
    lookup_field = "slug"
    scopes = {"create": "write"}

    @extend_schema(request=SuiteBody, responses={201: SuiteSerializer})
    def create(self, request: Request) -> Response:
        """A named list of evaluations."""
        made = create_suite(actor=person(request), **checked(SuiteBody, request))
        shown = SuiteSerializer(self.get_queryset().get(pk=made.pk)).data
        return Response(shown, status=status.HTTP_201_CREATED)
