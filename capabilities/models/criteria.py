from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Criterion(models.Model):
    """A measurable condition of one revision. Its key is stable over revisions; its fingerprint covers everything that decides."""

    class Statistic(models.TextChoices):
        MEAN = "mean", "Mean"
        RATIO = "ratio", "Ratio"
        SHARE = "share", "Share within a limit"
        COST = "cost", "Mean cost"
        PASS_ALL = "pass_all", "Every try must pass"

    class Against(models.TextChoices):
        THRESHOLD = "threshold", "A target"
        COMPETITORS = "competitors", "Competitors"
        SIMPLE = "simple", "The simple alternative"
        PREVIOUS = "previous", "Our previous version"
        RELEASED = "released", "Our released version"

    class Quantifier(models.TextChoices):
        EVERY = "every", "Every rival"
        ANY = "any", "Any rival"

    class Reach(models.TextChoices):
        GENERAL = "general", "Cases like these"
        THESE = "these", "On these cases only"

    revision = models.ForeignKey("capabilities.Revision", models.CASCADE, related_name="criteria")
    key = models.CharField(max_length=10, help_text="AC-1")
    position = models.PositiveSmallIntegerField(default=0)
    scorer = models.ForeignKey("evaluations.Scorer", models.PROTECT, null=True, blank=True, related_name="+")
    statistic = models.CharField(max_length=8, choices=Statistic, default=Statistic.MEAN)
    against = models.CharField(max_length=11, choices=Against, default=Against.THRESHOLD)
    threshold = models.FloatField(null=True, blank=True)
    limit = models.FloatField(
        null=True, blank=True, help_text="For the share within a limit, in the scorer's unit."
    )
    margin = models.FloatField(default=0.0, help_text="Lead by at least (> 0) or no more than … worse (< 0).")
    equivalence = models.BooleanField(default=False, help_text="Practically equal within ± margin.")
    tolerance = models.FloatField(
        default=0.0, help_text="How much worse than our earlier version is still no regression."
    )
    rival_set = models.ForeignKey(
        "capabilities.RivalSet", models.PROTECT, null=True, blank=True, related_name="+"
    )
    quantifier = models.CharField(max_length=5, choices=Quantifier, default=Quantifier.EVERY)
    slice_name = models.CharField(max_length=80, blank=True)
    slice_value = models.CharField(max_length=120, blank=True)
    confidence = models.FloatField(default=0.95)
    min_n = models.PositiveIntegerField(default=0)
    min_repeats = models.PositiveSmallIntegerField(default=1)
    reach = models.CharField(max_length=7, choices=Reach, default=Reach.GENERAL)
    must = models.BooleanField(default=True)
    case_keys = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        help_text="pass_all: empty means all cases.",
    )
    tries = models.PositiveSmallIntegerField(default=1, help_text="pass_all: tries per case.")
    not_measurable_reason = models.TextField(blank=True, help_text="Set: this cannot be measured yet.")
    fingerprint = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["position", "key"]
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(fields=["revision", "key"], name="criterion_key_unique_in_revision"),
            models.CheckConstraint(
                condition=Q(confidence__gt=0.5) & Q(confidence__lt=1),
                name="criterion_confidence_between_half_and_one",
            ),
            models.CheckConstraint(
                condition=Q(scorer__isnull=False) | ~Q(not_measurable_reason=""),
                name="criterion_measured_or_says_why_not",
            ),
            models.CheckConstraint(
                condition=~Q(not_measurable_reason="")
                | ~Q(against="threshold")
                | Q(statistic="pass_all")
                | Q(threshold__isnull=False),
                name="criterion_target_has_threshold",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def measurable(self) -> bool:
        return not self.not_measurable_reason


class Verification(models.Model):
    """Evidence: the evaluation version a criterion is measured by, with the stamp of everything seen when last confirmed."""

    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="verifications")
    evaluation_version = models.ForeignKey(
        "evaluations.EvaluationVersion", models.PROTECT, related_name="verifications"
    )
    stamp = models.JSONField(default=dict)
    confirmed_by = models.ForeignKey("people.User", models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(default=timezone.now)
    origin = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The first of the same evidence, where a new revision took it over.",
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["criterion", "evaluation_version"], name="verification_once"),
        ]
        indexes = [models.Index(fields=["confirmed_at"], name="verification_newest")]

    def __str__(self) -> str:
        return f"{self.criterion_id} by {self.evaluation_version_id}"
