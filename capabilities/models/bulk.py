from django.conf import settings
from django.db import models
from django.db.models import Q


class BulkChange(models.Model):
    """One change of many requirements, with what each said before and after, so that it can be taken back exactly. Append-only.

    fields: what was asked for. rows: {"ids", "before", "after"} for all that said and say the same; values as they are stored.
    """

    product = models.ForeignKey("capabilities.Product", models.PROTECT, related_name="bulk_changes")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    fields = models.JSONField(default=dict)
    rows = models.JSONField(default=list)
    count = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=False) | Q(undone_by__isnull=True),
                name="bulk_change_undone_by_has_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} requirements"
