"""Discoveries: what models were seen to do, recorded from an answer, noted on, dismissed and taken up again."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedReference, OwnedViewSet
from capabilities.models import Discovery, DiscoveryEvidence
from capabilities.queries.discoveries import response_for
from capabilities.queries.references import find_product
from capabilities.services.discoveries import add_note, dismiss, record_discovery, take_up_again
from config.api.bodies import Body, Reference, checked
from config.people.requests import person


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


class DiscoveryBody(Body):
    product = OwnedReference(find_product, "product", help_text="Key, e.g. VA.")
    response = Reference(response_for, "response", help_text="Id of the answer it was seen in.")
    title = serializers.CharField(max_length=200)
    statement = serializers.CharField(max_length=4_000, required=False, allow_blank=True, default="")


class DiscoveryReasonBody(Body):
    reason = serializers.CharField(max_length=4_000)


class DiscoveryNoteBody(Body):
    text = serializers.CharField(max_length=4_000)


class DiscoveryFilter(filters.FilterSet):
    product = filters.CharFilter(field_name="product__key")
    state = filters.ChoiceFilter(choices=Discovery.State.choices)

    class Meta:
        model = Discovery
        fields: tuple[str, ...] = ()


class DiscoveryViewSet(OwnedViewSet[Discovery]):
    """Discoveries, newest first, each with its evidence step by step."""

    queryset = (
        Discovery.objects.select_related(
            "product", "requirement__product", "evaluation_version__evaluation", "created_by"
        )
        .prefetch_related("evidence__author")
        .order_by("-id")
    )
    serializer_class = DiscoverySerializer
    filterset_class = DiscoveryFilter
    lookup_value_converter = "int"
    scopes = {"create": "write", "dismiss": "write", "reopen": "write", "note": "write"}
    actions = {
        "create": "write_facts",
        "dismiss": "write_facts",
        "reopen": "write_facts",
        "note": "write_facts",
    }

    @extend_schema(request=DiscoveryBody, responses={201: DiscoverySerializer})
    def create(self, request: Request) -> Response:
        """Record one from an answer; the answer, its input, prompt and model version are kept as they were."""
        given = checked(DiscoveryBody, request)
        made = record_discovery(actor=person(request), **given)
        return Response(self._shown(made), status=status.HTTP_201_CREATED)

    @extend_schema(request=DiscoveryReasonBody, responses=DiscoverySerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: int) -> Response:
        """Put it aside, with the reason."""
        given = checked(DiscoveryReasonBody, request)
        return Response(
            self._shown(dismiss(actor=person(request), discovery=self.row, reason=given["reason"]))
        )

    @extend_schema(request=None, responses=DiscoverySerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: int) -> Response:
        """Take a dismissed one up again."""
        return Response(self._shown(take_up_again(actor=person(request), discovery=self.row)))

    @extend_schema(request=DiscoveryNoteBody, responses=DiscoverySerializer)
    @action(detail=True, methods=["post"])
    def note(self, request: Request, pk: int) -> Response:
        """Add a note to its history."""
        add_note(actor=person(request), discovery=self.row, text=checked(DiscoveryNoteBody, request)["text"])
        return Response(self._shown(self.row))

    def _shown(self, discovery: Discovery) -> Any:
        return DiscoverySerializer(self.get_queryset().get(pk=discovery.pk)).data
