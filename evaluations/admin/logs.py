from django.contrib import admin

from config.admin import LookingAdmin
from evaluations.models import ImportedLog, LogPiece, LogUpload


@admin.register(ImportedLog)
class ImportedLogAdmin(LookingAdmin):
    list_display = ["id", "tool", "task", "model_name", "model_version", "run", "author", "created_at"]
    list_select_related = ["model_version__model", "run", "author"]
    list_filter = ["tool"]
    search_fields = ["task", "model_name", "file_name", "log_id"]


@admin.register(LogUpload)
class LogUploadAdmin(LookingAdmin):
    list_display = ["id", "name", "size", "state", "rows", "author", "created_at"]
    list_filter = ["state"]
    list_select_related = ["author"]
    search_fields = ["name"]


@admin.register(LogPiece)
class LogPieceAdmin(LookingAdmin):
    list_display = ["id", "upload", "position"]
    list_select_related = ["upload"]
    search_fields = ["upload__name"]
