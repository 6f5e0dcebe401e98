"""Providers, to read. Neither a key nor the name it is kept under is ever shown."""

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from evaluations.models import Provider


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
