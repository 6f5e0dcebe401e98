from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from config.admin import LookingAdmin, LookingInline, call_for_each
from evaluations.models import Schedule, ScheduleSlot
from evaluations.services.schedules import run_now, save_schedule


class SlotInline(LookingInline):
    model = ScheduleSlot
    fields = ["due_at", "outcome", "reason", "round"]


@admin.register(Schedule)
class ScheduleAdmin(LookingAdmin):
    list_display = [
        "name",
        "suite",
        "cron",
        "zone",
        "on_new_version",
        "cap",
        "cap_unit",
        "enabled",
        "ticked_to",
    ]
    list_filter = ["enabled", "suite"]
    list_select_related = ["suite"]
    search_fields = ["name"]
    inlines = [SlotInline]
    actions = ["start_now", "pause"]

    @admin.action(description="Run now", permissions=["view"])
    def start_now(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> None:
        call_for_each(
            self, request, queryset, lambda actor, schedule: run_now(actor=actor, schedule=schedule)
        )

    @admin.action(description="Pause", permissions=["view"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> None:
        call_for_each(
            self,
            request,
            queryset,
            lambda actor, schedule: save_schedule(actor=actor, schedule=schedule, enabled=False),
        )


@admin.register(ScheduleSlot)
class ScheduleSlotAdmin(LookingAdmin):
    list_display = ["schedule", "due_at", "outcome", "reason", "round", "handled_at"]
    list_filter = ["outcome", "schedule"]
    list_select_related = ["schedule", "round"]
    search_fields = ["schedule__name", "reason"]
    date_hierarchy = "due_at"
