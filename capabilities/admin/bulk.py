from django.contrib import admin

from capabilities.models import BulkChange
from config.admin import LookingAdmin


@admin.register(BulkChange)
class BulkChangeAdmin(LookingAdmin):
    list_display = ["product", "actor", "count", "created_at", "undone_at"]
    list_filter = [("undone_at", admin.EmptyFieldListFilter)]
    list_select_related = ["product", "actor"]
    search_fields = ["product__key", "actor__username"]
