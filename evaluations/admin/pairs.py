from django.contrib import admin

from config.admin import LookingAdmin
from evaluations.models import PairJudging, PairOpinion


@admin.register(PairJudging)
class PairJudgingAdmin(LookingAdmin):
    list_display = ["id", "first", "second", "question"]
    list_select_related = ["first", "second"]
    search_fields = ["question", "=first__id", "=second__id"]


@admin.register(PairOpinion)
class PairOpinionAdmin(LookingAdmin):
    list_display = ["response", "choice"]
    list_filter = ["choice"]
    list_select_related = ["response"]
    search_fields = ["=response__run__id"]
