from django.contrib import admin

from capabilities.models import Standing, StandingMark
from config.admin import LookingAdmin


@admin.register(Standing)
class StandingAdmin(LookingAdmin):
    list_display = [
        "requirement",
        "model_version",
        "outcome",
        "trend",
        "freshness",
        "coverage",
        "valid_until",
    ]
    list_filter = ["outcome", "freshness", "coverage"]
    list_select_related = ["requirement__product", "model_version__model"]
    search_fields = ["sort_title", "=requirement__number"]


@admin.register(StandingMark)
class StandingMarkAdmin(LookingAdmin):
    list_display = ["id", "requirement"]
    list_select_related = ["requirement__product"]
    search_fields = ["=requirement__number"]
