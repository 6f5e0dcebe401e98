from django.contrib import admin

from config.admin import LookingAdmin, LookingInline
from evaluations.models import Prompt, PromptVersion


class VersionInline(LookingInline):
    model = PromptVersion
    fields = ["number", "note", "created_at", "fingerprint"]


@admin.register(Prompt)
class PromptAdmin(LookingAdmin):
    list_display = ["slug", "name", "created_at"]
    search_fields = ["slug", "name"]
    changeable = ["name", "description"]
    inlines = [VersionInline]


@admin.register(PromptVersion)
class PromptVersionAdmin(LookingAdmin):
    list_display = ["__str__", "note", "created_at", "fingerprint"]
    list_select_related = ["prompt"]
    search_fields = ["prompt__slug", "note"]
