from django.contrib import admin

from capabilities.models import Discovery, DiscoveryEvidence, DiscoveryThumb
from config.admin import LookingAdmin


@admin.register(Discovery)
class DiscoveryAdmin(LookingAdmin):
    list_display = ["key", "title", "state", "requirement", "created_by", "created_at"]
    list_filter = ["state", "product"]
    list_select_related = ["product", "requirement__product", "created_by"]
    search_fields = ["title", "statement", "reason"]


@admin.register(DiscoveryEvidence)
class DiscoveryEvidenceAdmin(LookingAdmin):
    list_display = ["discovery", "kind", "round", "judge", "target", "author", "at"]
    list_filter = ["kind"]
    list_select_related = ["discovery", "round", "judge__scorer", "author"]
    search_fields = ["text", "discovery__title"]


@admin.register(DiscoveryThumb)
class DiscoveryThumbAdmin(LookingAdmin):
    list_display = ["evidence", "response", "good", "author", "at"]
    list_filter = ["good"]
    list_select_related = ["evidence", "response", "author"]
    search_fields = ["evidence__discovery__title"]
