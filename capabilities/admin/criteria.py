from django.contrib import admin

from capabilities.models import Criterion, Verification
from config.admin import LookingAdmin


@admin.register(Criterion)
class CriterionAdmin(LookingAdmin):
    list_display = ["key", "revision", "scorer", "statistic", "against", "threshold", "margin", "must"]
    list_filter = ["against", "statistic", "must", "reach"]
    list_select_related = ["revision__requirement__product", "scorer"]
    search_fields = ["key", "revision__title", "fingerprint"]


@admin.register(Verification)
class VerificationAdmin(LookingAdmin):
    list_display = ["criterion", "evaluation_version", "confirmed_by", "confirmed_at"]
    list_select_related = ["criterion", "evaluation_version__evaluation", "confirmed_by"]
    search_fields = ["criterion__key", "evaluation_version__evaluation__slug"]
