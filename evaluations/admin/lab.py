from django.contrib import admin

from config.admin import LookingAdmin
from evaluations.models import LabMark, LabRepeat, LabSheet, LabVote


@admin.register(LabSheet)
class LabSheetAdmin(LookingAdmin):
    list_display = ["id", "name", "owner", "product", "rows_from", "round", "saved_at"]
    list_filter = ["rows_from", "product"]
    list_select_related = ["owner", "round"]
    search_fields = ["name", "owner__username"]


@admin.register(LabMark)
class LabMarkAdmin(LookingAdmin):
    list_display = ["id", "sheet", "answer", "author", "thumb", "note", "at"]
    list_filter = ["thumb"]
    list_select_related = ["sheet", "answer__run", "answer__case", "author"]
    search_fields = ["sheet__name", "note"]


@admin.register(LabVote)
class LabVoteAdmin(LookingAdmin):
    list_display = ["id", "sheet", "first", "second", "voter", "choice", "at"]
    list_filter = ["choice"]
    list_select_related = ["sheet", "voter", "first", "second"]
    search_fields = ["sheet__name", "voter__username"]


@admin.register(LabRepeat)
class LabRepeatAdmin(LookingAdmin):
    list_display = ["id", "sheet", "case_hash", "times", "round", "created_at"]
    list_select_related = ["sheet", "round"]
    search_fields = ["sheet__name", "case_hash"]
