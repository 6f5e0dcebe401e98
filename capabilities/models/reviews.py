from django.conf import settings
from django.db import models
from django.db.models import Q


class Review(models.Model):
    """Somebody's answer to a revision, stamped with the fingerprint they saw; it may be withdrawn with a reason."""

    class Decision(models.TextChoices):
        APPROVE = "approve", "Approve"
        CHANGES = "changes", "Request changes"
        DECLINE = "decline", "Decline"

    revision = models.ForeignKey("capabilities.Revision", models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews")
    decision = models.CharField(max_length=8, choices=Decision)
    comment = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "reviewer"], condition=Q(withdrawn_at=None), name="review_one_standing"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_reason=""), name="review_withdrawn_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.get_decision_display()
