from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from evaluations.models import Kind


class RequirementQuerySet(models.QuerySet["Requirement"]):
    def active(self) -> Self:
        return self.exclude(lifecycle__in=Requirement.PUT_ASIDE)

    def with_key(self, key: str) -> Self:
        """The requirement called `VA-12`; nothing for a malformed key."""
        prefix, _, number = key.upper().rpartition("-")
        if not number.isdecimal() or len(number) > 9:
            return self.none()
        return self.filter(product__key=prefix, number=int(number))


class Requirement(models.Model):
    """An ability a model must have: the identity. What it says is in its revisions, whether it holds in verdicts."""

    class Lifecycle(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        APPROVED = "approved", "Approved"
        DEFERRED = "deferred", "Deferred"
        REJECTED = "rejected", "Rejected"
        RETIRED = "retired", "Retired"

    PUT_ASIDE = (Lifecycle.RETIRED, Lifecycle.REJECTED)

    class Priority(models.TextChoices):
        MUST = "must", "Must"
        SHOULD = "should", "Should"
        COULD = "could", "Could"
        WONT = "wont", "Won't"

    class Intent(models.TextChoices):
        FOUNDATION = "foundation", "Foundation"
        PARITY = "parity", "Parity"
        LEAD = "lead", "Lead"
        EXCLUSIVE = "exclusive", "Exclusive"

    class Commitment(models.TextChoices):
        NONE = "none", "No answer yet"
        ACCEPTED = "accepted", "Accepted"
        TRAINING = "training", "In training"
        INFEASIBLE = "infeasible", "Infeasible"

    product = models.ForeignKey("capabilities.Product", models.PROTECT, related_name="requirements")
    number = models.PositiveIntegerField()
    capability = models.ForeignKey(
        "capabilities.Capability", models.PROTECT, null=True, blank=True, related_name="requirements"
    )
    objective = models.ForeignKey(
        "capabilities.Objective", models.PROTECT, null=True, blank=True, related_name="requirements"
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.LLM)
    priority = models.CharField(max_length=6, choices=Priority, default=Priority.MUST)
    intent = models.CharField(max_length=10, choices=Intent, default=Intent.FOUNDATION)
    lifecycle = models.CharField(max_length=10, choices=Lifecycle, default=Lifecycle.DRAFT)
    lifecycle_reason = models.TextField(blank=True)
    commitment = models.CharField(max_length=10, choices=Commitment, default=Commitment.NONE)
    commitment_reason = models.TextField(blank=True)
    commitment_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    commitment_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="requirements"
    )
    target = models.CharField(max_length=80, blank=True, help_text="Milestone it is wanted for.")
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    objects = RequirementQuerySet.as_manager()

    class Meta:
        ordering = ["product__key", "number"]
        constraints = [
            models.UniqueConstraint(fields=["product", "number"], name="requirement_number_unique"),
            models.CheckConstraint(
                condition=~Q(lifecycle__in=["deferred", "rejected", "retired"]) | ~Q(lifecycle_reason=""),
                name="requirement_put_aside_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(commitment="infeasible") | ~Q(commitment_reason=""),
                name="requirement_infeasible_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """`VA-12`. Needs `product` loaded."""
        return f"{self.product.key}-{self.number}"


class Revision(models.Model):
    """What a requirement says. One may be open, one approved; approved ones never change.

    fingerprint: SHA-256 over the statement parts and the criteria, not the title.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        APPROVED = "approved", "Approved"
        SUPERSEDED = "superseded", "Superseded"
        DISCARDED = "discarded", "Discarded"

    class ChangeKind(models.TextChoices):
        LEARNED = "learned", "We learned something"
        TIGHTENED = "tightened", "Tightened"
        LOOSENED = "loosened", "Loosened"
        SCOPE = "scope", "Scope changed"
        CORRECTION = "correction", "Correction"

    requirement = models.ForeignKey(Requirement, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    while_part = models.TextField(blank=True, help_text="While (a state holds)")
    when_part = models.TextField(blank=True, help_text="When (something happens)")
    where_part = models.TextField(blank=True, help_text="Where (a feature is present)")
    if_part = models.TextField(blank=True, help_text="If (something unwanted happens)")
    shall = models.TextField(help_text="What the model shall do.")
    rationale = models.TextField(blank=True)
    out_of_scope = models.TextField(blank=True)
    examples = models.JSONField(
        default=list, blank=True, help_text='Contrasting examples: {"input", "good", "bad"}.'
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="revisions"
    )
    change_kind = models.CharField(max_length=10, choices=ChangeKind, blank=True)
    note = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    fingerprint = models.CharField(max_length=64, blank=True)
    self_agreed = models.BooleanField(default=False)
    loosened_after_miss = models.BooleanField(default=False)
    edit_count = models.PositiveIntegerField(
        default=0, help_text="Raised by each save, so that two editors notice each other."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["requirement", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["requirement", "number"], name="revision_number_unique"),
            models.UniqueConstraint(
                fields=["requirement"],
                condition=Q(status__in=["draft", "in_review"]),
                name="revision_one_open",
            ),
            models.UniqueConstraint(
                fields=["requirement"], condition=Q(status="approved"), name="revision_one_approved"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "superseded"])
                | (Q(approved_at__isnull=False) & ~Q(fingerprint="")),
                name="revision_approved_has_date_and_fingerprint",
            ),
        ]
        indexes = [
            # What was agreed when is asked of all at a time, and texts are long: answered from here, their pages are not read.
            models.Index(
                fields=["requirement", "status", "approved_at"],
                include=["number", "id"],
                name="revision_agreed",
            )
        ]

    def __str__(self) -> str:
        return f"revision {self.number}"
