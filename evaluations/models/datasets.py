from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Dataset(models.Model):
    """Cases for one purpose: dev sets are for trying, verdicts come from test sets only."""

    class Purpose(models.TextChoices):
        DEV = "dev", "Development"
        TEST = "test", "Test"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    origin = models.CharField(max_length=300, blank=True)
    licence = models.CharField(max_length=80, blank=True)
    purpose = models.CharField(max_length=4, choices=Purpose, default=Purpose.DEV)
    may_leave = models.BooleanField(default=False, help_text="May the cases be sent to a competitor's API?")
    canary = models.CharField(
        max_length=80, blank=True, help_text="A string that betrays the cases in training data."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Case(models.Model):
    """One immutable case. An edit on a draft makes a new row; versions share rows whose content is the same.

    hash: SHA-256 of the canonical JSON of input, target, slices, cluster, metadata and attachment hashes.
    """

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="cases")
    key = models.CharField(max_length=200)
    hash = models.CharField(max_length=64)
    content = models.ForeignKey(
        "evaluations.Blob", models.PROTECT, related_name="+", help_text="JSON of input, target and metadata."
    )
    slices = models.JSONField(default=dict, blank=True)
    cluster = models.CharField(max_length=200, blank=True)
    attachments = ArrayField(
        models.CharField(max_length=64), default=list, blank=True, help_text="SHA-256 of blobs."
    )

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "key", "hash"], name="case_content_once_per_key"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def body(self) -> dict[str, Any]:
        """input, target and metadata; empty when the content was erased. Needs `content` loaded."""
        decoded = self.content.json()
        return decoded if isinstance(decoded, dict) else {}

    @property
    def input(self) -> Any:
        return self.body.get("input")

    @property
    def target(self) -> Any:
        return self.body.get("target")

    @property
    def metadata(self) -> dict[str, Any]:
        return self.body.get("metadata") or {}


class DatasetVersion(models.Model):
    """An ordered list of cases. A draft is edited, publishing freezes it, retiring says why it is no longer used."""

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    hash = models.CharField(
        max_length=64,
        blank=True,
        help_text="SHA-256 over the ordered keys and hashes of its cases, once frozen.",
    )
    case_count = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True)
    overlap_reason = models.TextField(
        blank=True, help_text="Why it may hold inputs that are in a dataset of the other purpose, too."
    )
    drawn_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose cases were tried with it: readings count there.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["dataset__slug", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="dataset_version_number_unique"),
            models.UniqueConstraint(
                fields=["dataset"],
                condition=Q(frozen_at=None),
                name="dataset_has_one_draft",
                violation_error_message="This dataset already has a draft version.",
            ),
            models.CheckConstraint(
                condition=Q(frozen_at=None) | ~Q(hash=""), name="dataset_version_frozen_has_hash"
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None) | ~Q(retired_reason=""),
                name="dataset_version_retired_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset.slug} v{self.number}"

    @property
    def state(self) -> str:
        if self.retired_at:
            return "retired"
        return "frozen" if self.frozen_at else "draft"


class DatasetVersionCase(models.Model):
    """A case at its position in a dataset version; keys are unique within the version."""

    version = models.ForeignKey(DatasetVersion, models.CASCADE, related_name="entries")
    case = models.ForeignKey(Case, models.PROTECT, related_name="entries")
    key = models.CharField(
        max_length=120, help_text="The case's key again, so that the database can hold it unique."
    )
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="case_key_unique_in_version"),
            models.UniqueConstraint(
                fields=["version", "position"],
                name="case_position_unique_in_version",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return self.key
