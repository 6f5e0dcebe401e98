from django.contrib import admin

from config.admin import LookingAdmin
from evaluations.models import HumanScore


@admin.register(HumanScore)
class HumanScoreAdmin(LookingAdmin):
    list_display = ["id", "response", "scorer_version", "rater", "said", "note", "settles", "at"]
    list_filter = ["settles", "scorer_version__scorer"]
    list_select_related = ["response", "scorer_version__scorer"]
    search_fields = ["rater", "=response__run__id"]
