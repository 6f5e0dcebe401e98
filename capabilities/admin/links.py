from django.contrib import admin

from capabilities.models import Link
from config.admin import LookingAdmin


@admin.register(Link)
class LinkAdmin(LookingAdmin):
    list_display = ["source", "kind", "target", "revision", "created_by", "confirmed_by", "confirmed_at"]
    list_filter = ["kind"]
    list_select_related = ["source__product", "target__product", "created_by", "confirmed_by"]
    search_fields = ["=source__number", "=target__number", "note"]
