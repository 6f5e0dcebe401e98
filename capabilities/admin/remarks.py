from django.contrib import admin

from capabilities.models import Remark
from config.admin import LookingAdmin


@admin.register(Remark)
class RemarkAdmin(LookingAdmin):
    list_display = ["id", "problem", "requirement", "remind_on", "author", "created_at", "settled_at"]
    list_select_related = ["problem__product", "requirement__product", "author"]
    search_fields = ["text", "found"]
