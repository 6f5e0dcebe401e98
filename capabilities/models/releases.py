from django.conf import settings
from django.db import models
from django.db.models import Q


class SignOff(models.Model):
    """A person's word on a baseline and a version, and the gate decision it rests on. Never changed: a later one supersedes it.

    conditions: of a conditional go the slices it does not speak for, each with what was measured when it was signed.
    """

    class Decision(models.TextChoices):
        GO = "go", "Go"
        CONDITIONAL = "conditional", "Conditional go"
        NO_GO = "no_go", "No go"
        WITHDRAWN = "withdrawn", "Withdrawn"

    baseline = models.ForeignKey("capabilities.Baseline", models.PROTECT, related_name="sign_offs")
    model_version = models.ForeignKey("evaluations.ModelVersion", models.PROTECT, related_name="+")
    decision = models.CharField(max_length=11, choices=Decision)
    conditions = models.JSONField(default=list, blank=True)
    note = models.TextField(blank=True)
    gate = models.ForeignKey("capabilities.GateDecision", models.PROTECT, related_name="sign_offs")
    against_gate = models.BooleanField(default=False, help_text="A go although the gate said no.")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["baseline", "model_version", "-id"], name="sign_off_newest")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(decision="conditional") & ~Q(conditions=[]))
                | (~Q(decision="conditional") & Q(conditions=[])),
                name="sign_off_conditional_names_slices",
            ),
            models.CheckConstraint(
                condition=~(Q(against_gate=True) | Q(decision="withdrawn")) | ~Q(note=""),
                name="sign_off_against_gate_or_withdrawn_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.get_decision_display()


class SharedLink(models.Model):
    """An address that shows the status page of a product to whoever holds it, until a day. Only the SHA-256 of its token is kept.

    made_restricted: whether only members could see the product when the link was made; another one ends when it becomes restricted.
    """

    product = models.ForeignKey("capabilities.Product", models.PROTECT, related_name="shared_links")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token in hexadecimal.")
    model_version = models.ForeignKey(
        "evaluations.ModelVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: the version the page speaks of by itself.",
    )
    since = models.DateField(null=True, blank=True)
    as_of = models.DateTimeField(null=True, blank=True)
    made_restricted = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="shared_link_expires_later"
            )
        ]

    def __str__(self) -> str:
        return f"link {self.pk}"
