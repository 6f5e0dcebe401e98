from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Link(models.Model):
    """One requirement points to another; confirmed by somebody who had read what the other one said then.

    fingerprint, revision: of the target's text when the link was made or last confirmed. A text that differs makes the link suspect.
    """

    class Kind(models.TextChoices):
        REFINES = "refines", "Refines"
        DEPENDS_ON = "depends_on", "Depends on"
        CONFLICTS = "conflicts", "Conflicts with"
        DUPLICATES = "duplicates", "Duplicates"

    source = models.ForeignKey("capabilities.Requirement", models.PROTECT, related_name="links")
    target = models.ForeignKey("capabilities.Requirement", models.PROTECT, related_name="links_here")
    kind = models.CharField(max_length=10, choices=Kind)
    note = models.CharField(max_length=300, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(help_text="Number of the target's revision that was seen.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="link_once"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="link_leads_elsewhere"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"
