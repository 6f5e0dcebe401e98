import json
from typing import Any

import zstandard
from django.db import models
from django.db.models import Q


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
    def text(self) -> str:
        return self.content.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The decoded JSON content, or None when it was erased."""
        return json.loads(self.content) if self.purged_at is None else None
