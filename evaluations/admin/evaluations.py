from django.contrib import admin

from config.admin import LookingAdmin, LookingInline
from evaluations.models import Evaluation, EvaluationScorer, EvaluationVersion, Suite


class VersionInline(LookingInline):
    model = EvaluationVersion
    fields = ["number", "dataset_version", "prompt_version", "prompt_policy", "repeats", "created_at"]


class ScorerInline(LookingInline):
    model = EvaluationScorer
    fields = ["slug", "scorer_version"]


@admin.register(Evaluation)
class EvaluationAdmin(LookingAdmin):
    list_display = ["slug", "name", "created_at"]
    search_fields = ["slug", "name"]
    changeable = ["name", "description"]
    inlines = [VersionInline]


@admin.register(EvaluationVersion)
class EvaluationVersionAdmin(LookingAdmin):
    list_display = ["__str__", "dataset_version", "prompt_version", "prompt_policy", "repeats", "created_at"]
    list_filter = ["prompt_policy", "evaluation"]
    list_select_related = ["evaluation", "dataset_version__dataset", "prompt_version__prompt"]
    search_fields = ["evaluation__slug", "fingerprint"]
    inlines = [ScorerInline]


@admin.register(Suite)
class SuiteAdmin(LookingAdmin):
    list_display = ["slug", "name"]
    search_fields = ["slug", "name"]
    changeable = ["name", "description"]
