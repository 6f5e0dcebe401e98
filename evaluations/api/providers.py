"""Providers, to read. Neither a key nor the name it is kept under is ever shown."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from evaluations.models import ModelEvent, Provider
from evaluations.queries.provider_pauses import Pause
from evaluations.queries.provider_spend import Amount
from evaluations.queries.providers import Failed, Health, Use, health_of


class ProviderSerializer(serializers.ModelSerializer[Provider]):
    class Meta:
        model = Provider
        fields = (
            "id",
            "slug",
            "name",
            "adapter",
            "base_url",
            "max_concurrency",
            "requests_per_minute",
            "tokens_per_minute",
            "timeout_seconds",
            "enabled",
            "checked_at",
            "check_note",
        )
        read_only_fields = fields


class AmountSerializer(serializers.Serializer[Amount]):
    currency = serializers.CharField()
    low = serializers.DecimalField(max_digits=18, decimal_places=8)
    high = serializers.DecimalField(
        max_digits=18, decimal_places=8, help_text="Higher than low while the outcome of calls is not known."
    )


class UseSerializer(serializers.Serializer[Use]):
    calls = serializers.IntegerField()
    failed = serializers.IntegerField(
        source="errors", help_text="Calls that failed on the way; a model's errors are answers."
    )
    error_rate = serializers.FloatField(allow_null=True)
    p50 = serializers.FloatField(allow_null=True, help_text="Seconds.")
    p95 = serializers.FloatField(allow_null=True, help_text="Seconds.")
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()


class VersionUseSerializer(UseSerializer):
    version = serializers.CharField(help_text="slug@name")


class PauseSerializer(serializers.Serializer[Pause]):
    api_id = serializers.CharField()
    since = serializers.DateTimeField()
    retry_in = serializers.FloatField(help_text="Seconds until one call tries again.")


class FailedSerializer(serializers.Serializer[Failed]):
    at = serializers.DateTimeField()
    run = serializers.IntegerField(source="run_id")
    error_class = serializers.CharField()
    words = serializers.CharField(allow_blank=True)


class ModelChangeSerializer(serializers.Serializer[ModelEvent]):
    version = serializers.CharField(source="model_version.label", help_text="slug@name")
    kind = serializers.ChoiceField(choices=ModelEvent.Kind.choices)
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()


class HealthSerializer(serializers.Serializer[Health]):
    """The last 7 days, about the newest 5,000 calls, and this month's money."""

    works = serializers.BooleanField(help_text="Whether the latest call came back.")
    last_answer = serializers.DateTimeField(allow_null=True)
    last_failure = FailedSerializer(allow_null=True)
    all = UseSerializer()
    versions = serializers.SerializerMethodField()
    spend_since = serializers.DateTimeField(source="spend.since")
    spend = AmountSerializer(many=True, source="spend.amounts")
    not_priced = serializers.IntegerField(source="spend.not_priced", help_text="Calls without a known price.")
    pauses = PauseSerializer(
        many=True, allow_null=True, help_text="Models nobody calls for a while; null when that is not known."
    )
    changes = ModelChangeSerializer(many=True)

    @extend_schema_field(VersionUseSerializer(many=True))
    def get_versions(self, health: Health) -> list[dict[str, Any]]:
        return [{"version": version.label, **UseSerializer(use).data} for version, use in health.versions]


class ProviderFilter(filters.FilterSet):
    adapter = filters.CharFilter()
    enabled = filters.BooleanFilter()

    class Meta:
        model = Provider
        fields: tuple[str, ...] = ()


class ProviderViewSet(ReadOnlyModelViewSet[Provider]):
    """Where model versions are called. Operators change them on their pages."""

    queryset = Provider.objects.order_by("slug")
    serializer_class = ProviderSerializer
    filterset_class = ProviderFilter
    lookup_field = "slug"

    @extend_schema(responses=HealthSerializer)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def health(self, request: Request, slug: str) -> Response:
        """How a provider has been doing: errors, times, tokens, money, pauses and what changed under us."""
        return Response(HealthSerializer(health_of(self.get_object())).data)
