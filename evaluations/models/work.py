from decimal import Decimal

from django.db import models
from django.db.models import Q


class WorkItem(models.Model):
    """One case and repeat of a run that must be called. Claimed with a lease and a fence; a zombie's fence no longer fits."""

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        LEASED = "leased", "Leased"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        NOT_NEEDED = "not_needed", "Not needed"

    run = models.ForeignKey("evaluations.Run", models.CASCADE, related_name="items")
    case = models.ForeignKey("evaluations.Case", models.PROTECT, related_name="+")
    repeat = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    fence = models.BigIntegerField(default=0)
    worker = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    retry_deadline = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Calls that were started.")
    crashes = models.PositiveSmallIntegerField(
        default=0, help_text="Times its worker died; three make it failed."
    )
    error_class = models.CharField(max_length=40, blank=True, help_text="Last infrastructure error.")
    error = models.CharField(max_length=500, blank=True)
    error_digest = models.CharField(
        max_length=64, blank=True, help_text="Of the last 5xx body; the same three times is permanent."
    )
    error_repeats = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "case", "repeat"], name="work_item_once_per_run"),
        ]
        indexes = [
            models.Index(fields=["run", "id"], condition=Q(state="pending"), name="work_item_pending"),
            models.Index(fields=["lease_until"], condition=Q(state="leased"), name="work_item_leased"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.case_id}#{self.repeat}"


class CallLedger(models.Model):
    """A call's intent, committed before it is made with its highest possible cost; settled together with the response."""

    class State(models.TextChoices):
        INTENT = "intent", "In flight"
        SETTLED = "settled", "Settled"
        RELEASED = "released", "Refused without a bill"
        UNKNOWN = "unknown", "Outcome unknown"

    run = models.ForeignKey("evaluations.Run", models.CASCADE, related_name="ledger")
    item = models.ForeignKey(WorkItem, models.CASCADE, related_name="ledger")
    attempt = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.INTENT)
    highest = models.DecimalField(max_digits=18, decimal_places=8, help_text="In the cap's unit.")
    actual = models.DecimalField(max_digits=18, decimal_places=8, null=True, blank=True)
    cost = models.DecimalField(
        max_digits=18, decimal_places=8, null=True, blank=True, help_text="Money, when a price is known."
    )
    highest_cost = models.DecimalField(max_digits=18, decimal_places=8, default=Decimal(0))
    highest_tokens = models.PositiveIntegerField(default=0)
    day = models.DateField(
        null=True,
        blank=True,
        help_text="The day its spending is counted to; none for a local model that costs nothing.",
    )
    provider_request = models.CharField(max_length=120, blank=True)
    error_class = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "item", "attempt"], name="call_once_per_attempt"),
        ]
        indexes = [
            models.Index(fields=["run"], condition=Q(state="intent"), name="call_in_flight"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} attempt {self.attempt}: {self.state}"
