import json
from typing import Any

import zstandard
from django.db import models
from django.db.models import Q

TEXTS = ("text/plain", "application/json")


class Blob(models.Model):
    """Content by its SHA-256: inputs, outputs and attachments. An audited erase empties it and leaves the hash."""

    sha256 = models.CharField(max_length=64, unique=True)
    data = models.BinaryField(blank=True)
    compressed = models.BooleanField(default=False, help_text="data is a zstandard frame")
    size = models.PositiveIntegerField(help_text="Bytes before compression.")
    media_type = models.CharField(max_length=80, default="text/plain")
    created_at = models.DateTimeField(auto_now_add=True)
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(purged_at=None) | Q(data=b""), name="blob_purged_is_empty"),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]

    @property
    def content(self) -> bytes:
        """The bytes as they were stored; empty when the content was erased."""
        data = bytes(self.data)
        return zstandard.decompress(data) if self.compressed and data else data

    @property
    def is_text(self) -> bool:
        """False for sound, pictures and video, which are shown and not read."""
        return self.media_type in TEXTS

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The decoded JSON content, or None when it was erased."""
        return json.loads(self.content) if self.purged_at is None else None


class MediaUse(models.Model):
    """A dataset whose cases, or the answers to them, use a stored picture or sound: who may read that dataset may see it.

    Derived: written with the case or the answer.
    """

    blob = models.ForeignKey(Blob, models.CASCADE, related_name="uses")
    dataset = models.ForeignKey("evaluations.Dataset", models.CASCADE, related_name="media", db_index=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["blob", "dataset"], name="media_used_once_per_dataset"),
        ]

    def __str__(self) -> str:
        return f"{self.blob_id} in {self.dataset_id}"
