"""A discovery as the API shows it, with its evidence step by step."""

from typing import Any

from rest_framework import serializers

from capabilities.models import Discovery, DiscoveryEvidence


class DiscoveryStepSerializer(serializers.ModelSerializer[DiscoveryEvidence]):
    by = serializers.SlugRelatedField[Any](source="author", slug_field="username", read_only=True)
    round = serializers.IntegerField(source="round_id", read_only=True, allow_null=True)
    response = serializers.IntegerField(source="response_id", read_only=True, allow_null=True)
    runs = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    slice = serializers.CharField(source="part", read_only=True)

    class Meta:
        model = DiscoveryEvidence
        fields = ("kind", "text", "response", "slice", "round", "runs", "target", "detail", "by", "at")
        read_only_fields = fields


class DiscoverySerializer(serializers.ModelSerializer[Discovery]):
    key = serializers.CharField(read_only=True)
    product = serializers.CharField(source="product.key", read_only=True)
    requirement = serializers.CharField(
        source="requirement.key", read_only=True, allow_null=True, default=None
    )
    evaluation = serializers.StringRelatedField[Any](source="evaluation_version", allow_null=True)
    by = serializers.SlugRelatedField[Any](source="created_by", slug_field="username", read_only=True)
    evidence = DiscoveryStepSerializer(many=True, read_only=True)

    class Meta:
        model = Discovery
        fields = (
            "id",
            "key",
            "product",
            "title",
            "statement",
            "state",
            "reason",
            "requirement",
            "evaluation",
            "by",
            "created_at",
            "settled_at",
            "evidence",
        )
        read_only_fields = fields
