from django.contrib import admin

from config.admin import LookingAdmin, LookingInline
from evaluations.models import Round, Run


class RunInline(LookingInline):
    model = Run
    fields = ["evaluation_version", "model_version", "state", "done", "total", "settled"]


@admin.register(Round)
class RoundAdmin(LookingAdmin):
    list_display = [
        "name",
        "origin",
        "priority",
        "cap",
        "cap_unit",
        "settled",
        "unknown",
        "created_by",
        "created_at",
        "finished_at",
    ]
    list_filter = ["origin", "priority", "suite"]
    list_select_related = ["created_by"]
    search_fields = ["name"]
    date_hierarchy = "created_at"
    inlines = [RunInline]
