"""Schedules: what runs by itself, when, and what became of every due moment."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
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
from evaluations.api.amounts import cap_field, until_settled_field
from evaluations.api.rounds import PreviewSerializer, RoundSerializer
from evaluations.models import Cap, Kind, ModelVersion, Round, Schedule, ScheduleSlot, Side
from evaluations.queries.calendars import month_of
from evaluations.queries.due_times import describe, times_of
from evaluations.queries.references import find_suite
from evaluations.services.schedules import preview_schedule, run_now, save_schedule

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
    charged_to = serializers.SerializerMethodField(
        help_text="Key of the product its spending is counted to; null for none, or for one you may not see."
    )
    month_cap = serializers.SerializerMethodField(help_text="Of a month, in cap_unit; null without.")
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
            "on_new_version",
            "words",
            "next_times",
            "cap_unit",
            "cap",
            "run_cap",
            "month_cap",
            "charged_to",
            "priority",
            "misfire",
            "overlap",
            "rerun_frozen",
            "call_again",
            "until_settled",
            "enabled",
            "created_by",
            "created_at",
        )
        read_only_fields = fields

    def get_charged_to(self, schedule: Schedule) -> str | None:
        seen = [product.key for product in self.context["request"].products]
        return schedule.charged_to if schedule.charged_to in seen else None

    def get_month_cap(self, schedule: Schedule) -> str | None:
        caps = [budget.cap for budget in schedule.budgets.all() if budget.unit == schedule.cap_unit]
        return str(caps[0]) if caps else None

    def get_words(self, schedule: Schedule) -> str:
        return describe(schedule)

    def get_next_times(self, schedule: Schedule) -> list[str]:
        if not schedule.enabled:
            return []
        times = times_of(schedule, timezone.now(), NEXT_SHOWN)
        return [moment.isoformat() for moment in times]


class SlotSerializer(serializers.ModelSerializer[ScheduleSlot]):
    outcome = serializers.ChoiceField(choices=[*ScheduleSlot.Outcome.values, ""], read_only=True)
    model_version = serializers.CharField(
        source="model_version.label",
        default=None,
        allow_null=True,
        read_only=True,
        help_text="Whose registration made it due; null for a moment of the calendar.",
    )

    class Meta:
        model = ScheduleSlot
        fields = ("id", "due_at", "model_version", "outcome", "reason", "resolved", "round", "handled_at")
        read_only_fields = fields


class ProductKey(serializers.CharField):
    """The key of a product one may see; empty for none."""

    def to_internal_value(self, data: Any) -> str:
        key: str = super().to_internal_value(data)
        if key and key not in [product.key for product in self.context["request"].products]:
            raise serializers.ValidationError(f"There is no product “{key}”, or you may not see it.")
        return key


class CalendarQuery(serializers.Serializer[Any]):
    month = serializers.RegexField(
        r"^\d{4}-(0[1-9]|1[0-2])$", required=False, help_text="YYYY-MM; this month without."
    )
    schedule = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class MomentSerializer(serializers.Serializer[Any]):
    """A due moment. kind: what became of it, or due while it is still to come."""

    at = serializers.DateTimeField()
    schedule = serializers.IntegerField(source="schedule.pk")
    name = serializers.CharField(source="schedule.name")
    kind = serializers.ChoiceField(choices=["ran", "late", "skipped", "due"])
    reason = serializers.CharField(allow_blank=True)
    round = serializers.IntegerField(source="round_id", allow_null=True)


class CalendarSerializer(serializers.Serializer[Any]):
    month = serializers.CharField(source="name")
    zone = serializers.CharField(help_text="In which the month begins.")
    cut = serializers.BooleanField(help_text="There are more moments than are given.")
    moments = MomentSerializer(source="marks", many=True)


class MonthPreviewSerializer(serializers.Serializer[Any]):
    """The next 30 days, as if each time ran as it would now."""

    times = serializers.IntegerField()
    calls = serializers.IntegerField()
    tokens = serializers.IntegerField()
    cost_low = serializers.DecimalField(max_digits=None, decimal_places=8, allow_null=True)
    cost_high = serializers.DecimalField(max_digits=None, decimal_places=8, allow_null=True)
    cap = serializers.DecimalField(
        max_digits=18, decimal_places=8, allow_null=True, source="month_cap", help_text="In cap_unit."
    )


class SchedulePreviewSerializer(PreviewSerializer):
    """What one time takes, and a month. left_out: versions found that need not run, since results are there."""

    left_out = serializers.IntegerField()
    month = MonthPreviewSerializer()


class ChangeScheduleBody(Body):
    name = serializers.CharField(max_length=120, required=False)
    suite = Reference(find_suite, "suite", required=False, help_text="Slug.")
    selector = SelectorSerializer(required=False)
    cron = serializers.CharField(
        max_length=80,
        required=False,
        allow_blank=True,
        help_text="minute hour day month weekday, e.g. 0 7 * * 1-5; empty for none",
    )
    zone = serializers.CharField(max_length=60, required=False, help_text="E.g. Europe/Berlin.")
    on_new_version = serializers.BooleanField(
        required=False,
        help_text="Also run a version that the selector fits when it is registered. Needs a cap; cron may then be empty.",
    )
    cap_unit = serializers.ChoiceField(choices=Cap.choices, required=False)
    cap = cap_field("Of each slot.")
    run_cap = cap_field("Of each run.")
    month_cap = cap_field("Of a month.")
    charged_to = ProductKey(
        max_length=8,
        required=False,
        allow_blank=True,
        help_text="Key of the product its spending is counted to.",
    )
    priority = serializers.ChoiceField(choices=Round.Priority.choices, required=False)
    misfire = serializers.ChoiceField(choices=Schedule.Misfire.choices, required=False)
    overlap = serializers.ChoiceField(choices=Schedule.Overlap.choices, required=False)
    rerun_frozen = serializers.BooleanField(required=False)
    call_again = serializers.BooleanField(
        required=False,
        help_text="Reuse no answer of an earlier run. Versions run again by rerun_frozen are always called.",
    )
    until_settled = until_settled_field()
    enabled = serializers.BooleanField(required=False)


class ScheduleBody(ChangeScheduleBody):
    name = serializers.CharField(max_length=120)
    suite = Reference(find_suite, "suite", help_text="Slug.")
    cron = serializers.CharField(
        max_length=80,
        required=False,
        allow_blank=True,
        help_text="minute hour day month weekday, e.g. 0 7 * * 1-5; empty with on_new_version alone",
    )


class ScheduleFilter(filters.FilterSet):
    enabled = filters.BooleanFilter()
    suite = filters.CharFilter(field_name="suite__slug")

    class Meta:
        model = Schedule
        fields: tuple[str, ...] = ()


class ScheduleViewSet(ReadOnlyModelViewSet[Schedule]):
    """Schedules. One is ended by `"enabled": false`, so that what it ran stays on the calendar."""

    queryset = (
        Schedule.objects.select_related("suite", "created_by").prefetch_related("budgets").order_by("name")
    )
    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilter
    lookup_value_converter = "int"
    scopes = {"create": "write", "partial_update": "write", "run_now": "write", "preview": "read"}
    actions = {"create": "run", "partial_update": "run", "run_now": "run"}

    def _shown(self, schedule: Schedule, code: int = status.HTTP_200_OK) -> Response:
        found = self.get_queryset().get(pk=schedule.pk)
        return Response(self.get_serializer(found).data, status=code)

    @extend_schema(request=ScheduleBody, responses={201: ScheduleSerializer})
    def create(self, request: Request) -> Response:
        """A suite on a calendar, within a budget for each slot."""
        made = save_schedule(actor=person(request), **checked(ScheduleBody, request))
        return self._shown(made, status.HTTP_201_CREATED)

    @extend_schema(request=ChangeScheduleBody, responses=ScheduleSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change a schedule; a changed calendar starts from now."""
        schedule = self.get_object()
        changed = save_schedule(
            actor=person(request), schedule=schedule, **checked(ChangeScheduleBody, request)
        )
        return self._shown(changed)

    @extend_schema(parameters=[CalendarQuery], responses=CalendarSerializer, filters=False)
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def calendar(self, request: Request) -> Response:
        """A month of every schedule, or of one: due moments with what became of them, and those to come."""
        asked = CalendarQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        schedules = list(Schedule.objects.order_by("name"))
        if wanted := asked.validated_data.get("schedule"):
            schedules = [schedule for schedule in schedules if schedule.pk == wanted]
        zone = schedules[0].zone if wanted and schedules else settings.SPEND_ZONE.key
        found = month_of(schedules, asked.validated_data.get("month", ""), zone)
        return Response(CalendarSerializer(found).data)

    @extend_schema(responses=SlotSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=KeysetPages)
    def slots(self, request: Request, pk: int) -> Response:
        """Every due moment with what became of it, newest first."""
        page = self.paginate_queryset(self.get_object().slots.select_related("model_version__model"))  # type: ignore[arg-type]
        return self.get_paginated_response(SlotSerializer(page, many=True).data)

    @extend_schema(responses=SchedulePreviewSerializer, filters=False)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def preview(self, request: Request, pk: int) -> Response:
        """What it would take if it came due now, and in a month."""
        schedule = self.get_object()
        month = schedule.budgets.filter(unit=schedule.cap_unit).first()
        found = preview_schedule(schedule, month_cap=month.cap if month else None)
        record = {**asdict(found.each), "left_out": found.left_out, "month": found}
        return Response(SchedulePreviewSerializer(record).data)

    @extend_schema(request=None, responses={201: RoundSerializer})
    @action(detail=True, methods=["post"], url_path="run-now")
    def run_now(self, request: Request, pk: int) -> Response:
        """Start a round at once, outside the calendar."""
        started = run_now(actor=person(request), schedule=self.get_object())
        return Response(RoundSerializer(started).data, status=status.HTTP_201_CREATED)
