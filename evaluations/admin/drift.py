from django.contrib import admin

from config.admin import LookingAdmin
from evaluations.models import DriftLook, WatchedRun


@admin.register(DriftLook)
class DriftLookAdmin(LookingAdmin):
    list_display = [
        "at",
        "model_version",
        "evaluation_version",
        "scorer_version",
        "number",
        "state",
        "alarm_run",
        "confirming_run",
    ]
    list_filter = ["state"]
    list_select_related = [
        "model_version__model",
        "evaluation_version__evaluation",
        "scorer_version__scorer",
        "alarm_run",
        "confirming_run",
    ]
    search_fields = ["model_version__name", "model_version__model__slug"]


@admin.register(WatchedRun)
class WatchedRunAdmin(LookingAdmin):
    list_display = ["run", "generation", "at"]
    list_select_related = ["run"]
