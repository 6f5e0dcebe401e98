from django.contrib import admin

from capabilities.models import Expectation
from config.admin import LookingAdmin


@admin.register(Expectation)
class ExpectationAdmin(LookingAdmin):
    list_display = [
        "criterion",
        "model_version",
        "model",
        "low",
        "high",
        "confidence",
        "author",
        "created_at",
    ]
    list_select_related = ["criterion", "model_version__model", "model", "author"]
    search_fields = ["note", "model__slug"]
