from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q


def check_address(value: str) -> None:
    """An address such as https://api.acme.com/v1 or http://llm:8000/v1; a host needs no dot. Raises ValidationError."""
    try:
        parts = urlsplit(value)
        whole = bool(parts.scheme in ("http", "https") and parts.hostname and parts.port != 0)
    except ValueError:
        whole = False
    if not whole or any(character.isspace() for character in value):
        raise ValidationError("Write a whole address, e.g. https://api.acme.com/v1 or http://llm:8000/v1.")
    if parts.username or parts.query or parts.fragment:
        raise ValidationError("The address must hold no user name, no password, no ? and no #.")


class Provider(models.Model):
    """Where model versions are called. Its key is named here and kept in the environment or a secret file, never in the database."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    adapter = models.CharField(
        max_length=40, help_text="rules, process, stored, openai_like or one installed by an entry point"
    )
    base_url = models.CharField(max_length=300, blank=True, validators=[check_address])
    secret_name = models.CharField(
        max_length=80, blank=True, help_text="Environment variable or secret file that holds the key."
    )
    max_concurrency = models.PositiveIntegerField(default=4)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    tokens_per_minute = models.PositiveIntegerField(null=True, blank=True)
    timeout_seconds = models.PositiveIntegerField(default=60)
    enabled = models.BooleanField(default=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    check_note = models.CharField(max_length=300, blank=True, help_text="What the last connection test said.")
    look_for_models = models.BooleanField(
        default=False, help_text="Ask once a day which models it lists, and tell of new ones."
    )
    listed_at = models.DateTimeField(null=True, blank=True, help_text="When it was last asked for its list.")
    listed = models.JSONField(default=list, blank=True, help_text="API ids in the last list that came.")

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(max_concurrency__gte=1), name="provider_concurrency_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name
