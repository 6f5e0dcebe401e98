from django.db import models
from django.db.models import Q

# Kinds that tell of the moment and the road to the provider, not of what a model says.
MEASURED = ("latency", "cost", "real_time_factor")


class Scorer(models.Model):
    """What turns an output into a number; criteria name a scorer by its slug."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class ScorerVersion(models.Model):
    """One immutable way of scoring: kind, configuration, direction, unit, range and the mark that counts as passed."""

    class Direction(models.TextChoices):
        HIGHER = "higher", "Higher is better"
        LOWER = "lower", "Lower is better"

    class ValueKind(models.TextChoices):
        BINARY = "binary", "Right or wrong"
        BOUNDED = "bounded", "Between two bounds"
        RATIO = "ratio", "Ratio of two counts"
        UNBOUNDED = "unbounded", "Any number"
        SET = "set", "A figure over all samples, from their labels"

    scorer = models.ForeignKey(Scorer, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(
        max_length=40, help_text="exact, includes, …, external or one installed by an entry point"
    )
    config = models.JSONField(default=dict, blank=True)
    direction = models.CharField(max_length=6, choices=Direction, default=Direction.HIGHER)
    unit = models.CharField(max_length=20, default="rate", help_text="rate, ms, seconds, a currency, …")
    value_kind = models.CharField(max_length=10, choices=ValueKind, default=ValueKind.BINARY)
    low = models.FloatField(default=0.0)
    high = models.FloatField(default=1.0)
    pass_mark = models.FloatField(
        default=1.0,
        help_text="A sample passes when its value reaches this (or stays under it, lower is better).",
    )
    judge = models.ForeignKey(
        "evaluations.ModelVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    rubric = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["scorer__slug", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["scorer", "number"], name="scorer_version_number_unique"),
            models.CheckConstraint(
                condition=Q(low__lt=models.F("high")), name="scorer_version_range_not_empty"
            ),
        ]

    @property
    def widest(self) -> float | None:
        """How far apart two scores can lie; None where they have no bounds: more than one error a word is possible."""
        unbounded = (self.ValueKind.RATIO, self.ValueKind.UNBOUNDED)
        return None if self.value_kind in unbounded else self.high - self.low

    def __str__(self) -> str:
        return f"{self.scorer.slug}@{self.number}"

    @property
    def is_opinion(self) -> bool:
        """A judge's: what it says of two models proves nothing until people's labels correct it."""
        return self.judge_id is not None
