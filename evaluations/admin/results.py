from django.contrib import admin

from config.admin import LookingAdmin, LookingInline
from evaluations.models import (
    Blob,
    Exposure,
    MediaUse,
    Response,
    RunAggregate,
    RunVector,
    Score,
    Transcript,
    Unscored,
)


class ScoreInline(LookingInline):
    model = Score
    fields = ["scorer_version", "numerator", "denominator", "label", "parsed"]


@admin.register(Response)
class ResponseAdmin(LookingAdmin):
    """What a response cost and how it ended; its text is read on the run's samples, where readings are counted."""

    list_display = [
        "id",
        "run",
        "case",
        "repeat",
        "finish_reason",
        "error_class",
        "truncated",
        "latency_ms",
        "cost",
    ]
    list_filter = ["error_class", "truncated"]
    list_select_related = ["run", "case"]
    search_fields = ["=run__id", "case__key"]
    exclude = ["output"]
    inlines = [ScoreInline]


@admin.register(Score)
class ScoreAdmin(LookingAdmin):
    list_display = ["id", "response", "scorer_version", "numerator", "denominator", "label", "parsed"]
    list_filter = ["parsed"]
    list_select_related = ["response", "scorer_version__scorer"]
    search_fields = ["=response__run__id", "label"]


@admin.register(Unscored)
class UnscoredAdmin(LookingAdmin):
    list_display = ["response", "scorer_version"]
    list_select_related = ["response", "scorer_version__scorer"]
    search_fields = ["=response__run__id"]
    exclude = ["reason"]


@admin.register(Transcript)
class TranscriptAdmin(LookingAdmin):
    """That there is one; what it says is read on the run's samples, where readings are counted."""

    list_display = ["response"]
    list_select_related = ["response"]
    search_fields = ["=response__run__id"]
    exclude = ["content"]


@admin.register(RunVector)
class RunVectorAdmin(LookingAdmin):
    list_display = ["run", "scorer_version", "generation", "items", "repeats"]
    list_select_related = ["run", "scorer_version__scorer"]
    search_fields = ["=run__id"]


@admin.register(RunAggregate)
class RunAggregateAdmin(LookingAdmin):
    list_display = [
        "run",
        "scorer_version",
        "generation",
        "slice",
        "value",
        "items",
        "scored",
        "missing",
        "passed",
        "unparsed",
        "truncated",
    ]
    list_filter = ["slice"]
    list_select_related = ["run", "scorer_version__scorer"]
    search_fields = ["=run__id", "value"]


@admin.register(Exposure)
class ExposureAdmin(LookingAdmin):
    list_display = ["at", "user", "dataset_version", "run", "samples", "via"]
    list_filter = ["via", "dataset_version__dataset"]
    list_select_related = ["user", "dataset_version__dataset", "run"]
    search_fields = ["user__username"]


class MediaUseInline(LookingInline):
    model = MediaUse
    fields = ["dataset"]


@admin.register(Blob)
class BlobAdmin(LookingAdmin):
    """Hashes and sizes; the content itself is not shown here."""

    list_display = ["sha256", "media_type", "size", "compressed", "created_at", "purged_at"]
    list_filter = ["media_type", "compressed", ("purged_at", admin.EmptyFieldListFilter)]
    search_fields = ["sha256"]
    exclude = ["data"]
    inlines = [MediaUseInline]
