from django.contrib import admin

from capabilities.models import Assessment, AssessmentEvidence, Problem, ProblemRequirement
from config.admin import LookingAdmin


@admin.register(Problem)
class ProblemAdmin(LookingAdmin):
    list_display = ["__str__", "title", "state", "kind", "created_by", "updated_at"]
    list_select_related = ["product", "created_by"]
    list_filter = ["state", "kind"]
    search_fields = ["title", "who", "what"]


@admin.register(Assessment)
class AssessmentAdmin(LookingAdmin):
    list_display = ["problem", "number", "conclusion", "author", "created_at"]
    list_select_related = ["problem__product", "author"]
    list_filter = ["conclusion"]
    search_fields = ["reason"]


@admin.register(AssessmentEvidence)
class AssessmentEvidenceAdmin(LookingAdmin):
    list_display = ["assessment", "run", "against", "scorer", "against_is"]
    list_select_related = ["assessment", "scorer"]
    search_fields = ["scorer__slug"]


@admin.register(ProblemRequirement)
class ProblemRequirementAdmin(LookingAdmin):
    list_display = ["problem", "requirement", "part", "created_at"]
    list_select_related = ["problem__product", "requirement__product"]
    search_fields = ["problem__title"]
