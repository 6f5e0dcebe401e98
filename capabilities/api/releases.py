"""Signed go or no go, and what comparisons and releases look like."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import role_of
from capabilities.models import Baseline, GateDecision, Outcome, Revision, SignOff
from capabilities.queries.baseline_compare import KINDS
from capabilities.queries.products import find_version
from capabilities.queries.references import find_baseline
from capabilities.queries.release_records import sign_off_record
from capabilities.queries.releases import sign_offs
from capabilities.services.sign_offs import sign_off, withdraw_sign_off
from config.api.bodies import Body, Choices, Reference, checked
from config.people.requests import person

CHANGES = list(Revision.ChangeKind.values)


class CompareQuery(serializers.Serializer[Any]):
    show = Choices(list(KINDS))
    change = serializers.ChoiceField(choices=CHANGES, required=False, help_text="Only this kind of change.")

    def get_fields(self) -> dict[str, Any]:
        told = "A baseline of the product (R3), now, or a day: 2026-11-01."
        return {
            "with": serializers.CharField(required=False, max_length=40, help_text=told),
            **super().get_fields(),
        }


class PieceSerializer(serializers.Serializer[Any]):
    op = serializers.ChoiceField(choices=["=", "-", "+"], help_text="On both sides, gone, come.")
    text = serializers.CharField()


class PartSerializer(serializers.Serializer[Any]):
    pieces = PieceSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        return {"label": serializers.CharField(), **super().get_fields()}


class ComparedSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=list(KINDS))
    from_revision = serializers.IntegerField(allow_null=True)
    to_revision = serializers.IntegerField(allow_null=True)
    change_kinds = serializers.ListField(child=serializers.ChoiceField(choices=CHANGES))
    loosened_after_miss = serializers.BooleanField()
    parts = PartSerializer(many=True)


class BaselineComparisonSerializer(serializers.Serializer[Any]):
    to = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    change_kinds = serializers.DictField(child=serializers.IntegerField())
    requirements = ComparedSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.CharField(), **super().get_fields()}


class ReleaseQuery(serializers.Serializer[Any]):
    version = Reference(
        find_version, "version", required=False, help_text="slug@name or an id; else the product's."
    )


class ConditionSerializer(serializers.Serializer[Any]):
    """A measured slice; name it as `VA-12 AC-1 lang=de`."""

    requirement = serializers.CharField()
    criterion = serializers.CharField()
    slice = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    point = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    unit = serializers.CharField()


class SignOffSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    decision = serializers.ChoiceField(choices=SignOff.Decision.choices)
    against_gate = serializers.BooleanField(help_text="A go although the gate said no.")
    conditions = ConditionSerializer(many=True)
    note = serializers.CharField()
    gate = serializers.ChoiceField(choices=GateDecision.Decision.choices)
    digest = serializers.CharField(help_text="Of the gate decision it rests on.")
    version = serializers.CharField()
    signed_by = serializers.CharField()
    signed_at = serializers.DateTimeField()


class ReleaseGateSerializer(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=GateDecision.Decision.choices)
    digest = serializers.CharField()


class ReleaseRowSerializer(serializers.Serializer[Any]):
    objective = serializers.CharField()
    requirement = serializers.CharField()
    title = serializers.CharField()
    revision = serializers.IntegerField()
    criterion = serializers.CharField()
    must = serializers.BooleanField()
    verdict = serializers.ChoiceField(choices=Outcome.choices)
    lean = serializers.CharField()
    point = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    difference = serializers.BooleanField(help_text="Whether the numbers are ours − theirs.")
    target = serializers.FloatField(allow_null=True, help_text="What low and high are held against.")
    n = serializers.IntegerField()
    judged_at = serializers.DateTimeField(allow_null=True)
    version = serializers.CharField()
    freshness = serializers.CharField()
    waived_until = serializers.CharField()
    sentence = serializers.CharField()


class ReleaseSerializer(serializers.Serializer[Any]):
    baseline = serializers.CharField()
    version = serializers.CharField()
    gate = ReleaseGateSerializer()
    signed = SignOffSerializer(allow_null=True)
    history = SignOffSerializer(many=True)
    criteria = ReleaseRowSerializer(many=True)
    slices = ConditionSerializer(many=True)


class WithdrawSignOffBody(Body):
    version = Reference(find_version, "version", help_text="slug@name or an id.")
    reason = serializers.CharField(max_length=20_000)


class SignOffBody(Body):
    version = Reference(find_version, "version", help_text="slug@name or an id.")
    decision = serializers.ChoiceField(
        choices=[one for one in SignOff.Decision.choices if one[0] != SignOff.Decision.WITHDRAWN]
    )
    seen = serializers.CharField(max_length=64, help_text="Digest of the gate as you saw it.")
    conditions = serializers.ListField(
        child=serializers.CharField(max_length=300),
        required=False,
        max_length=200,
        help_text="Slices a conditional go does not speak for, e.g. VA-12 AC-1 lang=de.",
    )
    note = serializers.CharField(
        max_length=20_000,
        required=False,
        allow_blank=True,
        help_text="Needed for a go when the gate does not pass.",
    )


class SignOffs(GenericAPIView[SignOff]):
    """Who signed for a baseline's versions, the newest first."""

    scopes = {"POST": "write"}
    actions = {"POST": "approve"}
    serializer_class = SignOffSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[SignOff]:
        return sign_offs(self.baseline())

    def baseline(self) -> Baseline:
        found = find_baseline(person(self.request), self.kwargs["key"])
        if found is None:
            raise Http404
        return found

    def role_for(self, request: Request) -> str | None:
        return role_of(request, self.baseline().product)

    @extend_schema(responses=SignOffSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """The history stays: a later one supersedes, one that withdraws gives its reason."""
        page = self.paginate_queryset(self.get_queryset())
        rows = [sign_off_record(one) for one in page or []]
        return self.get_paginated_response(rows)

    @extend_schema(request=SignOffBody, responses={201: SignOffSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Sign. 409 with what changed when the gate rests on something else than the digest. Needs the approver mark."""
        given = checked(SignOffBody, request)
        made = sign_off(
            actor=person(request),
            baseline=self.baseline(),
            model_version=given["version"],
            decision=given["decision"],
            digest=given["seen"],
            conditions=given.get("conditions", []),
            note=given.get("note", ""),
        )
        return Response(sign_off_record(made), status=status.HTTP_201_CREATED)


class SignOffWithdrawal(SignOffs):
    """Taking the standing word back."""

    http_method_names = ["post", "head", "options"]

    @extend_schema(request=WithdrawSignOffBody, responses={201: SignOffSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Withdraw what is signed for a version, with the reason. Needs the approver mark."""
        given = checked(WithdrawSignOffBody, request)
        made = withdraw_sign_off(
            actor=person(request),
            baseline=self.baseline(),
            model_version=given["version"],
            reason=given["reason"],
        )
        return Response(sign_off_record(made), status=status.HTTP_201_CREATED)
