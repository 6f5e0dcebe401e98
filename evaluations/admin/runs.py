from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from config.admin import LookingAdmin, call_for_each
from evaluations.models import CallLedger, Run, WorkItem
from evaluations.services.runs import cancel_run, rescore_run, resume_run, start_run


@admin.register(Run)
class RunAdmin(LookingAdmin):
    list_display = [
        "id",
        "evaluation_version",
        "model_version",
        "state",
        "origin",
        "done",
        "failed",
        "total",
        "settled",
        "unknown",
        "created_at",
    ]
    list_filter = ["state", "origin", "evaluation_version__evaluation", "model_version__model"]
    list_select_related = ["evaluation_version__evaluation", "model_version__model"]
    search_fields = [
        "model_version__name",
        "model_version__model__slug",
        "evaluation_version__evaluation__slug",
        "training_run",
    ]
    date_hierarchy = "created_at"
    actions = ["start_again", "cancel", "resume", "rescore"]

    @admin.action(description="Start the same run again", permissions=["view"])
    def start_again(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        call_for_each(
            self,
            request,
            queryset,
            lambda actor, run: start_run(
                actor=actor,
                evaluation_version=run.evaluation_version,
                model_version=run.model_version,
                cap=run.cap,
                cap_unit=run.cap_unit,
            ),
        )

    @admin.action(description="Cancel", permissions=["view"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        call_for_each(self, request, queryset, lambda actor, run: cancel_run(actor=actor, run=run))

    @admin.action(description="Resume what is missing", permissions=["view"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        call_for_each(self, request, queryset, lambda actor, run: resume_run(actor=actor, run=run))

    @admin.action(description="Score again", permissions=["view"])
    def rescore(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        call_for_each(self, request, queryset, lambda actor, run: rescore_run(actor=actor, run=run))


@admin.register(WorkItem)
class WorkItemAdmin(LookingAdmin):
    list_display = [
        "id",
        "run",
        "case",
        "repeat",
        "state",
        "attempts",
        "crashes",
        "error_class",
        "lease_until",
        "not_before",
    ]
    list_filter = ["state", "error_class"]
    list_select_related = ["run", "case"]
    search_fields = ["=run__id", "case__key"]


@admin.register(CallLedger)
class CallLedgerAdmin(LookingAdmin):
    list_display = [
        "id",
        "run",
        "item",
        "attempt",
        "state",
        "highest",
        "actual",
        "cost",
        "error_class",
        "created_at",
    ]
    list_filter = ["state", "error_class"]
    list_select_related = ["run", "item"]
    search_fields = ["=run__id", "provider_request"]
