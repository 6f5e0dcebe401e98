from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from config.admin import LookingAdmin, LookingInline, call_for_each
from evaluations.models import Model, ModelEvent, ModelVersion, Price
from evaluations.services.models import set_stage


class VersionInline(LookingInline):
    model = ModelVersion
    fields = ["name", "api_id", "stage", "floating", "released_on", "shutdown_on"]


@admin.register(Model)
class ModelAdmin(LookingAdmin):
    list_display = ["slug", "name", "kind", "side", "vendor", "provider"]
    list_filter = ["kind", "side", "provider"]
    list_select_related = ["provider"]
    search_fields = ["slug", "name", "vendor"]
    changeable = ["name", "vendor", "terms", "description"]
    inlines = [VersionInline]


class PriceInline(LookingInline):
    model = Price


@admin.register(ModelVersion)
class ModelVersionAdmin(LookingAdmin):
    list_display = [
        "label",
        "stage",
        "floating",
        "released_on",
        "shutdown_on",
        "step",
        "training_run",
        "created_at",
    ]
    list_filter = ["stage", "floating", "model__side", "model__kind"]
    list_select_related = ["model"]
    search_fields = ["name", "model__slug", "api_id", "training_run", "git_sha"]
    changeable = ["shutdown_on", "context_window"]
    inlines = [PriceInline]
    actions = ["release", "retire"]

    @admin.action(description="Release", permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> None:
        call_for_each(
            self,
            request,
            queryset,
            lambda actor, version: set_stage(actor=actor, version=version, stage="released"),
        )

    @admin.action(description="Retire", permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> None:
        call_for_each(
            self,
            request,
            queryset,
            lambda actor, version: set_stage(actor=actor, version=version, stage="retired"),
        )


@admin.register(ModelEvent)
class ModelEventAdmin(LookingAdmin):
    list_display = ["at", "model_version", "kind", "before", "after", "run"]
    list_filter = ["kind"]
    list_select_related = ["model_version__model", "run"]
    search_fields = ["model_version__name", "model_version__model__slug"]


@admin.register(Price)
class PriceAdmin(LookingAdmin):
    list_display = ["model_version", "unit", "amount", "currency", "from_date"]
    list_filter = ["unit", "currency"]
    list_select_related = ["model_version__model"]
    search_fields = ["model_version__name", "model_version__model__slug"]
