from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """What somebody did, to what, with the values before and after.

    Append-only: the database refuses changes.
    """

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="audit_entries"
    )
    via = models.CharField(max_length=20, default="page", help_text="page, api, admin, schedule, command")
    verb = models.CharField(max_length=60, help_text="e.g. requirement.approved")
    noun = models.CharField(max_length=40, help_text="Kind of thing, e.g. requirement")
    object_id = models.CharField(max_length=40, blank=True)
    label = models.CharField(max_length=200, blank=True, help_text="What people call it, e.g. VA-12")
    product = models.CharField(
        max_length=12, blank=True, help_text="Key of the product it belongs to, if any"
    )
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["noun", "object_id"], name="audit_by_object"),
            models.Index(fields=["product", "-at", "-id"], name="audit_by_product"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.label}"

    @property
    def changes(self) -> list[tuple[str, tuple[object, object]]]:
        """Each value that differs, as name and (before, after); None where it was absent."""
        names = [*self.before, *(name for name in self.after if name not in self.before)]
        pairs = [(name, (self.before.get(name), self.after.get(name))) for name in names]
        return [(name, pair) for name, pair in pairs if pair[0] != pair[1]]
