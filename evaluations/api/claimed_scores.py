"""What vendors claim their versions score: for showing beside what is measured, never for a verdict."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import Body, Reference, checked
from config.people.requests import person
from evaluations.models import ClaimedScore, Scorer
from evaluations.queries.claimed_scores import as_record, beside, claims
from evaluations.queries.references import find_evaluation, find_model_version
from evaluations.services.claimed_scores import enter_claim, withdraw_claim


def find_scorer(slug: str) -> Scorer | None:
    """By slug."""
    return Scorer.objects.filter(slug=slug).first()


class ClaimedScoreSerializer(serializers.Serializer[Any]):
    """claimed: in `unit`, a rate is a fraction; claimed by the vendor, not measured here.

    measured_here: our latest finished run of the same version, evaluation and scorer, with its 95 % range; null where there is none.
    """

    id = serializers.IntegerField()
    version = serializers.CharField()
    evaluation = serializers.CharField(help_text="Slug; empty for a benchmark nobody runs here.")
    scorer = serializers.CharField()
    benchmark = serializers.CharField()
    metric = serializers.CharField()
    claimed = serializers.FloatField()
    unit = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    claimed_on = serializers.DateField()
    conditions = serializers.CharField()
    claimed_n = serializers.IntegerField(
        allow_null=True, help_text="Cases it was worked out over; null where unknown."
    )
    standard_error = serializers.FloatField(
        allow_null=True, help_text="In the unit; null where unknown, and where a log says 0."
    )
    direction = serializers.CharField(help_text="higher or lower is better; empty where it is not said.")
    log = serializers.IntegerField(allow_null=True, help_text="The imported log that reports it.")
    measured_here = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    run = serializers.IntegerField(allow_null=True)
    claimed_less_measured = serializers.FloatField(
        allow_null=True, help_text="A plain difference; it says nothing about chance or conditions."
    )
    entered_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_reason = serializers.CharField()


class ClaimedScoreBody(Body):
    version = Reference(find_model_version, "model version", help_text="slug@name, or its id.")
    evaluation = Reference(find_evaluation, "evaluation", required=False, help_text="Slug; with `scorer`.")
    scorer = Reference(find_scorer, "scorer", required=False, help_text="Slug; with `evaluation`.")
    benchmark = serializers.CharField(
        max_length=120, required=False, help_text="Its name, where no evaluation of ours measures it."
    )
    metric = serializers.CharField(max_length=80, required=False, allow_blank=True)
    value = serializers.FloatField(help_text="In the scorer’s unit; a rate is a fraction.")
    unit = serializers.CharField(
        max_length=20, required=False, help_text="rate, ms, …; only without a scorer, which has its own."
    )
    source = serializers.CharField(max_length=1_000, help_text="Address or citation.")  # type: ignore[assignment]
    claimed_on = serializers.DateField()
    conditions = serializers.CharField(max_length=4_000, required=False, allow_blank=True)


class WithdrawClaimBody(Body):
    reason = serializers.CharField(max_length=4_000)


class ClaimedScoreFilter(filters.FilterSet):
    version = filters.NumberFilter(field_name="model_version", label="Id of a model version.")
    model = filters.CharFilter(field_name="model_version__model__slug")
    evaluation = filters.CharFilter(field_name="evaluation__slug")
    scorer = filters.CharFilter(field_name="scorer__slug")
    withdrawn = filters.BooleanFilter(field_name="withdrawn_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = ClaimedScore
        fields: tuple[str, ...] = ()


class ClaimedScoreViewSet(ReadOnlyModelViewSet[ClaimedScore]):
    """Scores that vendors claim, with their source. No verdict, rank, gate or comparison counts them."""

    queryset = claims()
    serializer_class = ClaimedScoreSerializer
    filterset_class = ClaimedScoreFilter
    scopes = {"create": "write", "withdraw": "write"}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The newest claim first, each beside what is measured here."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response([_shown(row) for row in beside(page)])

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One claim beside what is measured here."""
        return Response(_shown(beside([self.get_object()])[0]))

    @extend_schema(request=ClaimedScoreBody, responses={201: ClaimedScoreSerializer})
    def create(self, request: Request) -> Response:
        """Write down what a vendor claims, with its source. It is never changed; withdraw what is wrong."""
        made = enter_claim(actor=person(request), **checked(ClaimedScoreBody, request))
        return Response(_shown(beside([claims().get(pk=made.pk)])[0]), status=status.HTTP_201_CREATED)

    @extend_schema(request=WithdrawClaimBody, responses=ClaimedScoreSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take it back, with the reason; it stays readable here and is shown nowhere else."""
        reason = checked(WithdrawClaimBody, request)["reason"]
        withdraw_claim(actor=person(request), claim=self.get_object(), reason=reason)
        return Response(_shown(beside([self.get_object()])[0]))


def _shown(row: Any) -> Any:
    return ClaimedScoreSerializer(as_record(row)).data
