from django.conf import settings
from django.db import models
from django.db.models import Q


class Submission(models.Model):
    """What a revision said when it was put up for review: the text that answers are stamped with can be shown again. Never changed."""

    revision = models.ForeignKey("capabilities.Revision", models.PROTECT, related_name="submissions")
    fingerprint = models.CharField(max_length=64)
    text = models.JSONField(help_text="By label: the title, the parts of the statement, each criterion.")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.revision_id} {self.fingerprint[:8]}"


class ReviewRequest(models.Model):
    """Somebody is asked by name to answer a revision. It is answered by their standing review of the text as it is."""

    revision = models.ForeignKey("capabilities.Revision", models.PROTECT, related_name="review_requests")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="review_requests")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "reviewer"], name="review_requested_once"),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id} by {self.reviewer_id}"


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
