from django.contrib import admin

from config.admin import LookingAdmin, LookingInline
from evaluations.models import Case, Dataset, DatasetVersion


class VersionInline(LookingInline):
    model = DatasetVersion
    fields = ["number", "case_count", "frozen_at", "retired_at", "hash"]


@admin.register(Dataset)
class DatasetAdmin(LookingAdmin):
    list_display = ["slug", "name", "purpose", "may_leave", "licence", "created_at"]
    list_filter = ["purpose", "may_leave"]
    search_fields = ["slug", "name", "origin"]
    changeable = ["name", "description", "origin", "licence"]
    inlines = [VersionInline]


@admin.register(DatasetVersion)
class DatasetVersionAdmin(LookingAdmin):
    list_display = ["__str__", "state", "case_count", "frozen_at", "retired_at", "retired_reason"]
    list_filter = [
        "dataset",
        ("frozen_at", admin.EmptyFieldListFilter),
        ("retired_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["dataset"]
    search_fields = ["dataset__slug", "hash"]


@admin.register(Case)
class CaseAdmin(LookingAdmin):
    """Where a case belongs; its content is read on the dataset's page, where readings of test cases are counted."""

    list_display = ["key", "dataset", "cluster", "slices", "hash"]
    list_filter = ["dataset"]
    list_select_related = ["dataset"]
    search_fields = ["key", "hash", "cluster"]
    exclude = ["content"]
