from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from config.admin import LookingAdmin, LookingInline, call_for_each
from evaluations.models import Budget, BudgetMonth, SpendDay
from evaluations.services.budgets import remove_budget


class MonthInline(LookingInline):
    model = BudgetMonth
    fields = ["month", "settled", "reserved", "unknown"]


@admin.register(Budget)
class BudgetAdmin(LookingAdmin):
    list_display = ["scope", "provider", "schedule", "product", "cap", "unit", "currency", "created_by"]
    list_filter = ["scope", "unit"]
    list_select_related = ["provider", "schedule", "created_by"]
    search_fields = ["provider__slug", "schedule__name", "product"]
    inlines = [MonthInline]
    actions = ["remove"]

    @admin.action(description="Remove", permissions=["view"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Budget]) -> None:
        call_for_each(
            self, request, queryset, lambda actor, budget: remove_budget(actor=actor, budget=budget)
        )


@admin.register(BudgetMonth)
class BudgetMonthAdmin(LookingAdmin):
    list_display = ["budget", "month", "settled", "reserved", "unknown"]
    list_filter = ["month"]
    list_select_related = ["budget__provider", "budget__schedule"]


@admin.register(SpendDay)
class SpendDayAdmin(LookingAdmin):
    list_display = [
        "run",
        "day",
        "currency",
        "settled_money",
        "reserved_money",
        "unknown_money",
        "settled_calls",
    ]
    list_filter = ["currency"]
    list_select_related = ["run"]
    date_hierarchy = "day"
