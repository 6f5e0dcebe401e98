from django.contrib import admin

from capabilities.models import JudgedRun, Look, Verdict, VerdictLine
from config.admin import LookingAdmin, LookingInline


class LineInline(LookingInline):
    model = VerdictLine
    fields = ["kind", "label", "outcome", "point", "low", "high", "n"]


@admin.register(Verdict)
class VerdictAdmin(LookingAdmin):
    list_display = [
        "id",
        "verification",
        "model_version",
        "outcome",
        "lean",
        "trend",
        "point",
        "low",
        "high",
        "n",
        "created_at",
    ]
    list_filter = ["outcome", "trend", "reason"]
    list_select_related = ["verification__criterion", "model_version__model"]
    search_fields = ["evidence", "model_version__name", "model_version__model__slug"]
    inlines = [LineInline]


@admin.register(VerdictLine)
class VerdictLineAdmin(LookingAdmin):
    list_display = ["verdict", "kind", "label", "outcome", "point", "low", "high", "n"]
    list_filter = ["kind", "outcome"]
    list_select_related = ["verdict"]
    search_fields = ["label"]


@admin.register(Look)
class LookAdmin(LookingAdmin):
    list_display = ["run", "number", "verification", "outcome", "n", "at"]
    list_filter = ["outcome"]
    list_select_related = ["run", "verification__criterion"]
    search_fields = ["=run__id"]


@admin.register(JudgedRun)
class JudgedRunAdmin(LookingAdmin):
    list_display = ["run", "generation", "at"]
    list_select_related = ["run"]
    search_fields = ["=run__id"]
