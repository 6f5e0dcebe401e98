"""Verdicts: computed, never typed in; here they are read."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from capabilities.api.owned import OwnedViewSet
from capabilities.models import Outcome, Requirement, Trend, Verdict, VerdictLine
from capabilities.queries.products import find_version
from config.api.paging import KeysetPages

RELATED = (
    "verification__criterion__revision__requirement__product",
    "verification__evaluation_version__evaluation",
    "model_version__model",
)
LINE_FIELDS = (
    "kind",
    "version",
    "run",
    "label",
    "outcome",
    "their_point",
    "their_low",
    "their_high",
    "point",
    "low",
    "high",
    "n",
    "both",
    "only_ours",
    "only_theirs",
    "neither",
    "sentence",
)
VERDICT_FIELDS = (
    "id",
    "outcome",
    "reason",
    "lean",
    "trend",
    "pending_confirmation",
    "sentence",
    "point",
    "low",
    "high",
    "confidence",
    "unit",
    "n",
    "clusters",
    "missing",
    "looks",
    "needed_n",
    "method",
    "version",
    "run",
    "generation",
    "evidence",
    "created_at",
    "lines",
)


WHOLE = (
    "As stored and as it decides. Of a difference it may lie beyond what is possible, where pages and files cut it at "
    "the width of the scale."
)
ENDS = {"low": {"help_text": WHOLE}, "high": {"help_text": WHOLE}}


class VerdictLineSerializer(serializers.ModelSerializer[VerdictLine]):
    """A rival, an earlier version of ours, or a slice. point: ours − theirs; of a slice the score."""

    version = serializers.StringRelatedField[Any](source="model_version", allow_null=True)

    class Meta:
        model = VerdictLine
        fields = LINE_FIELDS
        read_only_fields = fields
        extra_kwargs = ENDS


class VerdictSerializer(serializers.ModelSerializer[Verdict]):
    version = serializers.StringRelatedField[Any](source="model_version")
    lines = VerdictLineSerializer(many=True, read_only=True)

    class Meta:
        model = Verdict
        fields: tuple[str, ...] = VERDICT_FIELDS
        read_only_fields: tuple[str, ...] = fields
        extra_kwargs = ENDS


class ListedVerdictSerializer(VerdictSerializer):
    requirement = serializers.CharField(
        source="verification.criterion.revision.requirement.key", read_only=True
    )
    revision = serializers.IntegerField(source="verification.criterion.revision.number", read_only=True)
    criterion = serializers.CharField(source="verification.criterion.key", read_only=True)
    evaluation_version = serializers.StringRelatedField[Any](source="verification.evaluation_version")

    class Meta(VerdictSerializer.Meta):
        fields = ("requirement", "revision", "criterion", "evaluation_version", *VERDICT_FIELDS)
        read_only_fields = fields


class VerdictFilter(filters.FilterSet):
    product = filters.CharFilter(field_name="verification__criterion__revision__requirement__product__key")
    requirement = filters.CharFilter(method="of_requirement", label="Key, e.g. VA-12.")
    version = filters.CharFilter(method="of_version", label="slug@name or an id")
    outcome = filters.MultipleChoiceFilter(choices=Outcome.choices)
    trend = filters.MultipleChoiceFilter(choices=Trend.choices)
    run = filters.NumberFilter(field_name="run")

    class Meta:
        model = Verdict
        fields: tuple[str, ...] = ()

    def of_requirement(self, verdicts: QuerySet[Verdict], _name: str, key: str) -> QuerySet[Verdict]:
        return verdicts.filter(
            verification__criterion__revision__requirement__in=Requirement.objects.with_key(key)
        )

    def of_version(self, verdicts: QuerySet[Verdict], _name: str, label: str) -> QuerySet[Verdict]:
        version = find_version(label)
        if version is None:
            raise ValidationError({"version": [f"There is no version “{label[:200]}”."]})
        return verdicts.filter(model_version=version)


class VerdictViewSet(OwnedViewSet[Verdict]):
    """Verdicts, newest first; of a criterion and a version the newest one counts."""

    queryset = Verdict.objects.select_related(*RELATED).prefetch_related(
        Prefetch("lines", VerdictLine.objects.select_related("model_version__model").order_by("id"))
    )
    serializer_class = ListedVerdictSerializer
    filterset_class = VerdictFilter
    pagination_class = KeysetPages
    lookup_value_converter = "int"
    product_path = "verification__criterion__revision__requirement__product"
