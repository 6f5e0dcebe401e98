from django.contrib import admin

from capabilities.models import Comment, Happening
from config.admin import LookingAdmin


@admin.register(Comment)
class CommentAdmin(LookingAdmin):
    list_display = ["id", "requirement", "kind", "author", "created_at", "resolved_at", "withdrawn_at"]
    list_filter = ["kind", "asked", ("resolved_at", admin.EmptyFieldListFilter)]
    list_select_related = ["requirement__product", "author"]
    search_fields = ["text", "author__username"]


@admin.register(Happening)
class HappeningAdmin(LookingAdmin):
    """What waits to be told; anything with tries went wrong and says how."""

    list_display = ["source", "source_id", "at", "tries", "error"]
    list_filter = ["source", "tries"]
    search_fields = ["=source_id", "error"]
