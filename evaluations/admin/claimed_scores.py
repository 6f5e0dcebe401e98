from django.contrib import admin

from config.admin import LookingAdmin
from evaluations.models import ClaimedScore


@admin.register(ClaimedScore)
class ClaimedScoreAdmin(LookingAdmin):
    list_display = ["id", "model_version", "measure", "value", "unit", "claimed_on", "author", "withdrawn_at"]
    list_select_related = ["model_version__model", "evaluation", "scorer", "author"]
    list_filter = ["unit"]
    search_fields = ["benchmark", "source", "model_version__name", "model_version__model__slug"]
