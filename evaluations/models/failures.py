from typing import Self

from django.conf import settings
from django.db import models


class FailureModeQuerySet(models.QuerySet["FailureMode"]):
    def in_use(self) -> Self:
        return self.filter(retired_at=None)


class FailureMode(models.Model):
    """A way in which answers go wrong, named once for the whole site. Retired ones keep their labels and take no new ones."""

    slug = models.SlugField(unique=True, help_text="Stable name in addresses and over the API.")
    name = models.CharField(max_length=80, unique=True)
    description = models.TextField(blank=True, help_text="What belongs here and what does not.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    objects = FailureModeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SampleLabel(models.Model):
    """Somebody saw this failure in a case's answers in a run, in any of its tries."""

    run = models.ForeignKey("evaluations.Run", models.CASCADE, related_name="labels", db_index=False)
    case = models.ForeignKey("evaluations.Case", models.PROTECT, related_name="+")
    mode = models.ForeignKey(FailureMode, models.PROTECT, related_name="labels")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "mode", "case"], name="sample_label_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.case_id}: {self.mode}"
