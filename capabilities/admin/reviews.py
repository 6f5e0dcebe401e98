from django.contrib import admin

from capabilities.models import Review, ReviewRequest, Submission
from config.admin import LookingAdmin


@admin.register(Review)
class ReviewAdmin(LookingAdmin):
    list_display = ["revision", "reviewer", "decision", "created_at", "withdrawn_at"]
    list_filter = ["decision", ("withdrawn_at", admin.EmptyFieldListFilter)]
    list_select_related = ["revision", "reviewer"]
    search_fields = ["revision__title", "reviewer__username", "comment"]


@admin.register(ReviewRequest)
class ReviewRequestAdmin(LookingAdmin):
    list_display = ["revision", "reviewer", "requested_by", "created_at"]
    list_select_related = ["revision", "reviewer", "requested_by"]
    search_fields = ["revision__title", "reviewer__username"]


@admin.register(Submission)
class SubmissionAdmin(LookingAdmin):
    list_display = ["revision", "fingerprint", "submitted_by", "created_at"]
    list_select_related = ["revision", "submitted_by"]
    search_fields = ["revision__title", "fingerprint"]
