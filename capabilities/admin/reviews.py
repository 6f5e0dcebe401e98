from django.contrib import admin

from capabilities.models import Review
from config.admin import LookingAdmin


@admin.register(Review)
class ReviewAdmin(LookingAdmin):
    list_display = ["revision", "reviewer", "decision", "created_at", "withdrawn_at"]
    list_filter = ["decision", ("withdrawn_at", admin.EmptyFieldListFilter)]
    list_select_related = ["revision", "reviewer"]
    search_fields = ["revision__title", "reviewer__username", "comment"]
