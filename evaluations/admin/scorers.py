from django.contrib import admin

from config.admin import LookingAdmin, LookingInline
from evaluations.models import Scorer, ScorerVersion


class VersionInline(LookingInline):
    model = ScorerVersion
    fields = ["number", "kind", "direction", "unit", "value_kind", "pass_mark", "created_at"]


@admin.register(Scorer)
class ScorerAdmin(LookingAdmin):
    list_display = ["slug", "name"]
    search_fields = ["slug", "name"]
    changeable = ["name", "description"]
    inlines = [VersionInline]


@admin.register(ScorerVersion)
class ScorerVersionAdmin(LookingAdmin):
    list_display = ["__str__", "kind", "direction", "unit", "value_kind", "pass_mark", "created_at"]
    list_filter = ["kind", "direction", "value_kind"]
    list_select_related = ["scorer"]
    search_fields = ["scorer__slug"]
