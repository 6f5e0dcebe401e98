"""Mail to people, with what became of it; what failed is tried again."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from capabilities.services.letters import try_again
from config.api.paging import KeysetPages
from config.people.models import Letter

FACTS = ("created_at", "tries", "next_try_at", "begun_at", "unsure", "error", "sent_at", "given_up_at")


class LetterSerializer(serializers.ModelSerializer[Letter]):
    """unsure: how many times nobody answered whether it arrived."""

    person = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = Letter
        fields = ("id", "person", "day", *FACTS)
        read_only_fields = fields


class LetterFilter(filters.FilterSet):
    show = filters.ChoiceFilter(choices=[("waiting", "Waiting"), ("failed", "Given up")], method="by_state")

    class Meta:
        model = Letter
        fields: tuple[str, ...] = ()

    def by_state(self, rows: QuerySet[Letter], _: str, state: str) -> QuerySet[Letter]:
        if state == "failed":
            return rows.exclude(given_up_at=None)
        return rows.filter(sent_at=None, given_up_at=None)


class LetterViewSet(ReadOnlyModelViewSet[Letter]):
    """Letters to people, the newest first; no words of theirs."""

    queryset = Letter.objects.select_related("person").order_by("-pk")
    serializer_class = LetterSerializer
    pagination_class = KeysetPages
    filterset_class = LetterFilter
    lookup_value_converter = "int"
    scopes = dict.fromkeys(("list", "retrieve", "retry"), "admin")
    actions = dict.fromkeys(("list", "retrieve", "retry"), "manage")

    @extend_schema(request=None, responses=LetterSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: int) -> Response:
        """Try again within a minute what was not sent."""
        letter = self.get_object()
        try_again(letter)
        letter.refresh_from_db()
        return Response(LetterSerializer(letter).data)
