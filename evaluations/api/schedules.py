"""Schedules: what runs by itself, when, and what became of every due moment."""

from typing import Any

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import Body, Reference, checked
from config.api.paging import KeysetPages
from config.people.requests import person
from evaluations.api.rounds import PreviewSerializer, RoundSerializer
from evaluations.models import Cap, Kind, ModelVersion, Round, Schedule, ScheduleSlot, Side
from evaluations.queries.references import find_suite
from evaluations.services.schedules import (
    describe_cron,
    next_times,
    preview_schedule,
    run_now,
    save_schedule,
)

NEXT_SHOWN = 5


class SelectorSerializer(serializers.Serializer[Any]):
    """Which versions are run; an absent or empty list does not restrict. Of each model the newest, unless stages are named."""

    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=Kind.choices), required=False, max_length=20
    )
    sides = serializers.ListField(
        child=serializers.ChoiceField(choices=Side.choices), required=False, max_length=10
    )
    stages = serializers.ListField(
        child=serializers.ChoiceField(choices=ModelVersion.Stage.choices), required=False, max_length=10
    )
    models = serializers.ListField(
        child=serializers.SlugField(), required=False, max_length=200, help_text="Slugs."
    )
    floating_only = serializers.BooleanField(required=False)
    stale_only = serializers.BooleanField(required=False)


class ScheduleSerializer(serializers.ModelSerializer[Schedule]):
    suite = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    created_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    words = serializers.SerializerMethodField(help_text="The calendar in words.")
    next_times = serializers.SerializerMethodField(
        help_text="The next five due moments; none while switched off."
    )
    selector = SelectorSerializer(read_only=True)

    class Meta:
        model = Schedule
        fields = (
            "id",
            "name",
            "suite",
            "selector",
            "cron",
            "zone",
            "words",
            "next_times",
            "cap_unit",
            "cap",
            "priority",
            "misfire",
            "overlap",
            "rerun_frozen",
            "enabled",
            "created_by",
            "created_at",
        )
        read_only_fields = fields

    def get_words(self, schedule: Schedule) -> str:
        return describe_cron(schedule.cron, schedule.zone)

    def get_next_times(self, schedule: Schedule) -> list[str]:
        if not schedule.enabled:
            return []
        times = next_times(schedule.cron, schedule.zone, timezone.now(), NEXT_SHOWN)
        return [moment.isoformat() for moment in times]


class SlotSerializer(serializers.ModelSerializer[ScheduleSlot]):
    outcome = serializers.ChoiceField(choices=[*ScheduleSlot.Outcome.values, ""], read_only=True)

    class Meta:
        model = ScheduleSlot
        fields = ("id", "due_at", "outcome", "reason", "resolved", "round", "handled_at")
        read_only_fields = fields


class ChangeScheduleBody(Body):
    name = serializers.CharField(max_length=120, required=False)
    suite = Reference(find_suite, "suite", required=False, help_text="Slug.")
    selector = SelectorSerializer(required=False)
    cron = serializers.CharField(
        max_length=80, required=False, help_text="minute hour day month weekday, e.g. 0 7 * * 1-5"
    )
    zone = serializers.CharField(max_length=60, required=False, help_text="E.g. Europe/Berlin.")
    cap_unit = serializers.ChoiceField(choices=Cap.choices, required=False)
    cap = serializers.DecimalField(
        max_digits=18,
        decimal_places=8,
        min_value=0,
        required=False,
        allow_null=True,
        help_text="Of each slot.",
    )
    priority = serializers.ChoiceField(choices=Round.Priority.choices, required=False)
    misfire = serializers.ChoiceField(choices=Schedule.Misfire.choices, required=False)
    overlap = serializers.ChoiceField(choices=Schedule.Overlap.choices, required=False)
    rerun_frozen = serializers.BooleanField(required=False)
    enabled = serializers.BooleanField(required=False)


class ScheduleBody(ChangeScheduleBody):
    name = serializers.CharField(max_length=120)
    suite = Reference(find_suite, "suite", help_text="Slug.")
    cron = serializers.CharField(max_length=80, help_text="minute hour day month weekday, e.g. 0 7 * * 1-5")


class ScheduleFilter(filters.FilterSet):
    enabled = filters.BooleanFilter()
    suite = filters.CharFilter(field_name="suite__slug")

    class Meta:
        model = Schedule
        fields: tuple[str, ...] = ()


class ScheduleViewSet(ReadOnlyModelViewSet[Schedule]):
    """Schedules. One is ended by `"enabled": false`, so that what it ran stays on the calendar."""

    queryset = Schedule.objects.select_related("suite", "created_by").order_by("name")
    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilter
    lookup_value_converter = "int"
    scopes = {"create": "write", "partial_update": "write", "run_now": "write", "preview": "read"}
    actions = {"create": "run", "partial_update": "run", "run_now": "run"}

    @extend_schema(request=ScheduleBody, responses={201: ScheduleSerializer})
    def create(self, request: Request) -> Response:
        """A suite on a calendar, within a budget for each slot."""
        made = save_schedule(actor=person(request), **checked(ScheduleBody, request))
        return Response(ScheduleSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ChangeScheduleBody, responses=ScheduleSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change a schedule; a changed calendar starts from now."""
        schedule = self.get_object()
        changed = save_schedule(
            actor=person(request), schedule=schedule, **checked(ChangeScheduleBody, request)
        )
        return Response(ScheduleSerializer(changed).data)

    @extend_schema(responses=SlotSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=KeysetPages)
    def slots(self, request: Request, pk: int) -> Response:
        """Every due moment with what became of it, newest first."""
        page = self.paginate_queryset(self.get_object().slots.all())  # type: ignore[arg-type]
        return self.get_paginated_response(SlotSerializer(page, many=True).data)

    @extend_schema(responses=PreviewSerializer, filters=False)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def preview(self, request: Request, pk: int) -> Response:
        """What one slot would take if it came due now."""
        return Response(PreviewSerializer(preview_schedule(self.get_object())).data)

    @extend_schema(request=None, responses={201: RoundSerializer})
    @action(detail=True, methods=["post"], url_path="run-now")
    def run_now(self, request: Request, pk: int) -> Response:
        """Start a round at once, outside the calendar."""
        started = run_now(actor=person(request), schedule=self.get_object())
        return Response(RoundSerializer(started).data, status=status.HTTP_201_CREATED)
