"""Discoveries: what models were seen to do, recorded from an answer, noted on, dismissed and taken up again."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.discovery_shapes import DiscoverySerializer
from capabilities.api.discovery_work import DiscoveryWork
from capabilities.api.owned import OwnedReference
from capabilities.api.strengths import StrengthBody, StrengthQuery, StrengthsSerializer
from capabilities.models import Discovery
from capabilities.queries.discoveries import response_for
from capabilities.queries.references import find_product
from capabilities.queries.strengths import strengths_of
from capabilities.services.discoveries import add_note, dismiss, record_discovery, take_up_again
from capabilities.services.strengths import record_strength
from config.api.bodies import Body, Reference, asked, checked
from config.people.requests import person


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


class DiscoveryViewSet(DiscoveryWork):
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
    scopes = DiscoveryWork.scopes | {
        "create": "write",
        "dismiss": "write",
        "reopen": "write",
        "note": "write",
        "record_suggested": "write",
    }
    actions = DiscoveryWork.actions | {
        "create": "write_facts",
        "dismiss": "write_facts",
        "reopen": "write_facts",
        "note": "write_facts",
        "record_suggested": "write_facts",
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

    @extend_schema(parameters=[StrengthQuery], responses=StrengthsSerializer)
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def suggested(self, request: Request) -> Response:
        """Slices where a version of ours beats every rival measured, or what was expected of it: candidates, never facts."""
        found = strengths_of(asked(StrengthQuery, request)["product"])
        return Response(StrengthsSerializer(found).data)

    @extend_schema(request=StrengthBody, responses={201: DiscoverySerializer})
    @suggested.mapping.post
    def record_suggested(self, request: Request) -> Response:
        """Record a discovery from a candidate; the same one again answers with the same discovery."""
        given = checked(StrengthBody, request)
        made = record_strength(
            actor=person(request),
            product=given["product"],
            run=given["run"],
            part=given["slice"],
            title=given["title"],
        )
        return Response(self._shown(made), status=status.HTTP_201_CREATED)
