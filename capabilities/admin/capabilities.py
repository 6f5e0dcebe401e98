from django.contrib import admin

from capabilities.models import Capability, Objective
from config.admin import LookingAdmin


@admin.register(Capability)
class CapabilityAdmin(LookingAdmin):
    list_display = ["name", "slug", "product", "parent", "position"]
    list_filter = ["product"]
    list_select_related = ["product", "parent"]
    search_fields = ["name", "slug"]
    changeable = ["name", "description", "position"]


@admin.register(Objective)
class ObjectiveAdmin(LookingAdmin):
    list_display = ["title", "product", "horizon", "position"]
    list_filter = ["product", "horizon"]
    list_select_related = ["product"]
    search_fields = ["title"]
    changeable = ["title", "narrative", "horizon", "position"]
