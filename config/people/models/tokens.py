from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class TokenQuerySet(models.QuerySet["Token"]):
    def usable(self) -> Self:
        """Neither revoked nor past its expiry, by the database's clock."""
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=Now()))


class Token(models.Model):
    """A key to the API. Only a prefix and the SHA-256 are kept; the token itself is shown once."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        READ_TEST = "read_test", "Read the content of test samples"
        PUSH = "push", "Push results"
        GATE = "gate", "Record gate decisions"
        WRITE = "write", "Write requirements, datasets and evaluations"
        ADMIN = "admin", "Administer"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, db_index=True)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token in hexadecimal.")
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(scopes=[]), name="token_has_a_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
