from django.conf import settings
from django.db import models


class Baseline(models.Model):
    """Requirements in the revisions a release or training run is held to. Closing it freezes its items."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    product = models.ForeignKey("capabilities.Product", models.PROTECT, related_name="baselines")
    number = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=160)
    note = models.TextField(blank=True)
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        return f"R{self.number}"


class BaselineItem(models.Model):
    baseline = models.ForeignKey(Baseline, models.CASCADE, related_name="items")
    requirement = models.ForeignKey("capabilities.Requirement", models.PROTECT, related_name="baseline_items")
    revision = models.ForeignKey("capabilities.Revision", models.PROTECT, related_name="baseline_items")

    class Meta:
        ordering = ["requirement__number"]
        constraints = [
            models.UniqueConstraint(fields=["baseline", "requirement"], name="requirement_once_in_baseline")
        ]

    def __str__(self) -> str:
        return f"{self.baseline_id}: {self.requirement_id}"


class Waiver(models.Model):
    """A not-met criterion that somebody accepts for a while, with the reason. It shows everywhere and expires."""

    requirement = models.ForeignKey("capabilities.Requirement", models.PROTECT, related_name="waivers")
    criterion_key = models.CharField(max_length=10)
    model_version = models.ForeignKey(
        "evaluations.ModelVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: any version.",
    )
    reason = models.TextField()
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_on = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="waiver_has_reason")]

    def __str__(self) -> str:
        return f"{self.criterion_key} until {self.expires_on}"


class GateDecision(models.Model):
    """A recorded go / no-go of a baseline for a version. The digest covers all inputs: the same inputs are the same record."""

    class Decision(models.TextChoices):
        PASS = "pass", "Pass"
        FAIL = "fail", "Fail"
        UNDECIDED = "undecided", "Undecided"
        PENDING = "pending", "Pending"

    baseline = models.ForeignKey(Baseline, models.PROTECT, related_name="decisions")
    model_version = models.ForeignKey("evaluations.ModelVersion", models.PROTECT, related_name="+")
    decision = models.CharField(max_length=9, choices=Decision)
    digest = models.CharField(max_length=64, unique=True)
    body = models.JSONField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.decision} {self.digest[:8]}"
