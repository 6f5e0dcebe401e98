from django.contrib import admin

from config.admin import LookingAdmin
from evaluations.models import FailureMode, SampleLabel


@admin.register(FailureMode)
class FailureModeAdmin(LookingAdmin):
    list_display = ["slug", "name", "created_by", "created_at", "retired_at"]
    search_fields = ["slug", "name", "description"]


@admin.register(SampleLabel)
class SampleLabelAdmin(LookingAdmin):
    list_display = ["id", "run", "case", "mode", "created_by", "created_at"]
    list_filter = ["mode"]
    list_select_related = [
        "run__evaluation_version__evaluation",
        "run__model_version__model",
        "case",
        "mode",
        "created_by",
    ]
    search_fields = ["=run__id", "case__key"]
