"""Rounds: evaluations × model versions started together, within one budget."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import IDEMPOTENCY_KEY, Body, Reference, checked, idempotency
from config.api.paging import KeysetPages
from config.people.requests import person
from evaluations.api.amounts import cap_field, until_settled_field
from evaluations.models import Cap, EvaluationVersion, Origin, Round, Run
from evaluations.queries.references import find_evaluation_version, find_model_version, find_suite
from evaluations.queries.selection import newest_evaluation_versions
from evaluations.services.rounds import preview_round, start_round

MOST = 200


class RoundRunSerializer(serializers.ModelSerializer[Run]):
    evaluation_version = serializers.StringRelatedField[Any]()
    model_version = serializers.StringRelatedField[Any]()

    class Meta:
        model = Run
        fields = (
            "id",
            "evaluation_version",
            "model_version",
            "state",
            "total",
            "done",
            "failed",
            "not_needed",
            "reused",
        )
        read_only_fields = fields


class RoundSerializer(serializers.ModelSerializer[Round]):
    suite = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    created_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)

    class Meta:
        model = Round
        fields = (
            "id",
            "name",
            "suite",
            "origin",
            "priority",
            "cap_unit",
            "cap",
            "settled",
            "reserved",
            "unknown",
            "summary",
            "created_by",
            "created_at",
            "finished_at",
        )
        read_only_fields: tuple[str, ...] = fields


class RoundDetailSerializer(RoundSerializer):
    runs = RoundRunSerializer(many=True, read_only=True)

    class Meta(RoundSerializer.Meta):
        fields = (*RoundSerializer.Meta.fields, "runs")  # type: ignore[assignment]
        read_only_fields = fields


class PlanRoundBody(Body):
    """What is run: a suite, or evaluations named one by one, on these versions."""

    suite = Reference(find_suite, "suite", required=False, allow_null=True, help_text="Slug.")
    evaluations = serializers.ListField(
        child=Reference(find_evaluation_version, "evaluation"),
        required=False,
        max_length=MOST,
        help_text="slug (its newest version), slug@number or an id each.",
    )
    versions = serializers.ListField(
        child=Reference(find_model_version, "version"),
        min_length=1,
        max_length=MOST,
        help_text="slug@name or an id each.",
    )
    cap = cap_field()
    cap_unit = serializers.ChoiceField(choices=Cap.choices, required=False)
    reuse = serializers.BooleanField(
        required=False,
        default=True,
        help_text="false: call every sample, also where an earlier run of a version that cannot change asked the very same.",
    )
    until_settled = until_settled_field()


class RoundBody(PlanRoundBody):
    name = serializers.CharField(max_length=160)
    priority = serializers.ChoiceField(choices=Round.Priority.choices, required=False)


class PreviewSerializer(serializers.Serializer[Any]):
    """What it would take. tokens is a guess; cost is null where a price is not known; problems name what cannot run."""

    calls = serializers.IntegerField()
    reused = serializers.IntegerField(
        help_text="Samples that earlier calls answer already, beside the calls."
    )
    exact = serializers.BooleanField(
        help_text="false: of more than 2,000 cases one in so many was looked at."
    )
    tokens = serializers.IntegerField()
    cost_low = serializers.DecimalField(max_digits=None, decimal_places=8, allow_null=True)
    cost_high = serializers.DecimalField(max_digits=None, decimal_places=8, allow_null=True)
    currency = serializers.CharField()
    problems = serializers.ListField(child=serializers.CharField())
    at_most = serializers.BooleanField(help_text="Its runs may stop before they asked every case.")


class RoundFilter(filters.FilterSet):
    origin = filters.ChoiceFilter(choices=Origin.choices)
    suite = filters.CharFilter(field_name="suite__slug")
    finished = filters.BooleanFilter(field_name="finished_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Round
        fields: tuple[str, ...] = ()


class RoundViewSet(ReadOnlyModelViewSet[Round]):
    """Rounds, newest first."""

    queryset = Round.objects.select_related("suite", "created_by")
    serializer_class = RoundSerializer
    filterset_class = RoundFilter
    pagination_class = KeysetPages
    lookup_value_converter = "int"
    scopes = {"create": "write", "preview": "read"}
    actions = {"create": "run", "preview": "run"}

    def _shown(self, started: Round, code: int = status.HTTP_200_OK) -> Response:
        rows = self.get_queryset().prefetch_related(
            "runs__evaluation_version__evaluation", "runs__model_version__model"
        )
        return Response(RoundDetailSerializer(rows.get(pk=started.pk)).data, status=code)

    @extend_schema(responses=RoundDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A round with its runs."""
        return self._shown(self.get_object())

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=RoundBody,
        responses={200: RoundDetailSerializer, 201: RoundDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """Start a run for each evaluation and version; pairs that cannot run are named in the summary."""
        fields = _what_to_run(checked(RoundBody, request))
        key = idempotency(request)
        known = (
            key
            and Round.objects.filter(
                created_by=person(request), idempotency_key=key["idempotency_key"]
            ).exists()
        )
        started = start_round(actor=person(request), origin=Origin.API, **fields, **key)
        return self._shown(started, status.HTTP_200_OK if known else status.HTTP_201_CREATED)

    @extend_schema(request=PlanRoundBody, responses=PreviewSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """What a round would take, nothing started: calls, tokens, cost, and what stands in the way."""
        fields = _what_to_run(checked(PlanRoundBody, request))
        fields.pop("suite", None)
        return Response(PreviewSerializer(preview_round(**fields)).data)


def _what_to_run(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with the versions that run in place of names. Raises ValidationError."""
    changed = dict(fields)
    versions: list[EvaluationVersion] = changed.pop("evaluations", [])
    if suite := changed.get("suite"):
        versions = [*versions, *newest_evaluation_versions(suite)]
    unique = list({version.pk: version for version in versions}.values())
    if not unique:
        raise ValidationError({"evaluations": ["Name a suite with evaluations, or evaluations."]})
    models = list({version.pk: version for version in changed.pop("versions")}.values())
    if len(unique) * len(models) > MOST:
        raise ValidationError({"versions": [f"That is more than {MOST} runs. Start several rounds."]})
    return {**changed, "evaluation_versions": unique, "model_versions": models}
