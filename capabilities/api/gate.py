"""The gate: go, no go or undecided for a baseline and a version."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.api.owned import OwnedReference, role_of
from capabilities.models import Baseline, GateDecision, Outcome, Trend
from capabilities.queries.products import find_version, near_versions
from capabilities.queries.references import find_baseline, near_baselines
from capabilities.services.gate import gate_preview, record_gate
from config.api.bodies import Body, Reference, asked, checked
from config.people.requests import person
from config.web import address_of


class GateQuery(serializers.Serializer[Any]):
    baseline = OwnedReference(find_baseline, "baseline", near_baselines, help_text="Key, e.g. R2.")
    version = Reference(find_version, "version", near_versions, help_text="slug@name or an id.")


class GateBody(Body, GateQuery):
    """What is decided on."""


class GateRegressionSerializer(serializers.Serializer[Any]):
    against = serializers.CharField(help_text="The earlier version.")
    p = serializers.FloatField(help_text="After Holm's correction over all claims of the gate.")
    stands = serializers.BooleanField(help_text="Whether it stops the gate.")


class GateCriterionSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    must = serializers.BooleanField()
    verdict = serializers.ChoiceField(choices=Outcome.choices)
    trend = serializers.ChoiceField(choices=Trend.choices)
    freshness = serializers.ChoiceField(choices=["fresh", "needs_recheck", "out_of_date"], allow_null=True)
    waived_until = serializers.DateField(allow_null=True)
    sentence = serializers.CharField()
    reasons = serializers.ListField(
        child=serializers.CharField(), default=list, help_text="Why its evidence needs a re-check."
    )
    settles = serializers.CharField(default="", help_text="What would decide it; empty where it is decided.")
    regression = GateRegressionSerializer(
        allow_null=True, help_text="That it got worse than an earlier version; null where nothing says so."
    )


class GateRequirementSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    state = serializers.ChoiceField(choices=Outcome.choices)
    criteria = GateCriterionSerializer(many=True)


class GateSerializer(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=GateDecision.Decision.choices)
    version = serializers.CharField()
    baseline = serializers.CharField()
    digest = serializers.CharField(help_text="SHA-256 over all inputs; the same inputs are the same record.")
    requirements = GateRequirementSerializer(many=True)
    summary = serializers.CharField(help_text="Markdown.")


class Gate(APIView):
    """Whether a version passes a baseline."""

    scopes = {"POST": "gate"}

    def role_for(self, request: Request) -> str | None:
        if request.method != "POST":
            return None
        key = request.data.get("baseline") if isinstance(request.data, dict) else None
        baseline: Baseline | None = find_baseline(person(request), key) if isinstance(key, str) else None
        return role_of(request, baseline.product if baseline else None)

    @extend_schema(parameters=[GateQuery], responses=GateSerializer)
    def get(self, request: Request) -> Response:
        """The decision as it stands; nothing is stored."""
        query = asked(GateQuery, request)
        reply = gate_preview(query["baseline"], query["version"], address_of(request))
        return Response(GateSerializer(reply).data)

    @extend_schema(request=GateBody, responses={200: GateSerializer, 201: GateSerializer})
    def post(self, request: Request) -> Response:
        """Record the decision: 201, or 200 with the same record when nothing it rests on changed."""
        given = checked(GateBody, request)
        before = GateDecision.objects.order_by("-id").values_list("id", flat=True).first() or 0
        decision = record_gate(
            actor=person(request),
            baseline=given["baseline"],
            model_version=given["version"],
            site=address_of(request),
        )
        code = status.HTTP_201_CREATED if decision.pk > before else status.HTTP_200_OK
        return Response(GateSerializer(decision.body).data, status=code)
