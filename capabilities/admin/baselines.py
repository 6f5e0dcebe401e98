from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from capabilities.models import Baseline, BaselineItem, GateDecision, Waiver
from capabilities.services.baselines import close_baseline
from capabilities.services.waivers import revoke_waiver
from config.admin import LookingAdmin, LookingInline, call_for_each


class ItemInline(LookingInline):
    model = BaselineItem


@admin.register(Baseline)
class BaselineAdmin(LookingAdmin):
    list_display = ["key", "name", "product", "state", "created_by", "created_at", "closed_at"]
    list_filter = ["state", "product"]
    list_select_related = ["product", "created_by"]
    search_fields = ["name", "=number"]
    inlines = [ItemInline]
    actions = ["close"]

    @admin.action(description="Close", permissions=["view"])
    def close(self, request: HttpRequest, queryset: QuerySet[Baseline]) -> None:
        call_for_each(self, request, queryset, lambda actor, row: close_baseline(actor=actor, baseline=row))


@admin.register(Waiver)
class WaiverAdmin(LookingAdmin):
    list_display = [
        "requirement",
        "criterion_key",
        "model_version",
        "approver",
        "expires_on",
        "revoked_at",
        "reason",
    ]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["requirement__product", "model_version__model", "approver"]
    search_fields = ["reason", "criterion_key"]
    actions = ["revoke"]

    @admin.action(description="Revoke", permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Waiver]) -> None:
        call_for_each(self, request, queryset, lambda actor, row: revoke_waiver(actor=actor, waiver=row))


@admin.register(GateDecision)
class GateDecisionAdmin(LookingAdmin):
    list_display = ["baseline", "model_version", "decision", "created_by", "created_at", "digest"]
    list_filter = ["decision", "baseline"]
    list_select_related = ["baseline", "model_version__model", "created_by"]
    search_fields = ["digest"]
