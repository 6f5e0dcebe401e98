from django.conf import settings
from django.db import models


class Response(models.Model):
    """A model's answer to one case and repeat. Infrastructure failures are never rows here; model errors are, and score 0."""

    run = models.ForeignKey("evaluations.Run", models.PROTECT, related_name="responses")
    case = models.ForeignKey("evaluations.Case", models.PROTECT, related_name="+", db_index=False)
    repeat = models.PositiveSmallIntegerField(default=1)
    output = models.ForeignKey(
        "evaluations.Blob", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    finish_reason = models.CharField(max_length=20, blank=True)
    error_class = models.CharField(
        max_length=20, blank=True, help_text="Model error: refusal, malformed, too_long, …"
    )
    error = models.CharField(max_length=300, blank=True)
    truncated = models.BooleanField(default=False, help_text="Hit the token cap.")
    latency_ms = models.FloatField(null=True, blank=True)
    first_token_ms = models.FloatField(null=True, blank=True)
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    cached_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=18, decimal_places=8, null=True, blank=True)
    reused_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    request_digest = models.BinaryField(
        max_length=32,
        null=True,
        blank=True,
        help_text="SHA-256 of what was asked of which version; None for answers that were pushed or taken over.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "case", "repeat"], name="response_once_per_sample"),
        ]
        indexes = [
            models.Index(
                fields=["request_digest", "-id"],
                condition=models.Q(request_digest__isnull=False),
                name="response_by_request",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.case_id}#{self.repeat}"


class Score(models.Model):
    """What one scorer version made of one response: value = numerator / denominator (denominator 1 for plain scores)."""

    response = models.ForeignKey(Response, models.PROTECT, related_name="scores", db_index=False)
    scorer_version = models.ForeignKey(
        "evaluations.ScorerVersion", models.PROTECT, related_name="+", db_index=False
    )
    numerator = models.FloatField()
    denominator = models.FloatField(default=1.0)
    label = models.CharField(max_length=120, blank=True)
    expected = models.CharField(
        max_length=120, blank=True, default="", help_text="For a figure over all samples: the label wanted."
    )
    probability = models.FloatField(null=True, blank=True, help_text="Given to the label, 0 to 1.")
    rationale = models.TextField(blank=True)
    parsed = models.BooleanField(
        default=True, help_text="False: the output could not be read as the scorer expects."
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["response", "scorer_version"], name="score_once_per_scorer_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


class Unscored(models.Model):
    """Why a scorer could make no score of a response, in words. Derived: where there is a score by now, the score counts."""

    response = models.ForeignKey(Response, models.CASCADE, related_name="unscored", db_index=False)
    scorer_version = models.ForeignKey(
        "evaluations.ScorerVersion", models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["response", "scorer_version"], name="unscored_once_per_scorer_version"
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class RunVector(models.Model):
    """A run's scores as packed arrays, items in the dataset version's order × repeats. Derived from Score, rebuildable.

    numerators, denominators: little-endian float64, items × repeats, NaN where absent.
    classes: for figures over all samples int32 places in labels of what was wanted, then of what was said (−1 none), then float64
    probabilities (NaN none), each items × repeats.
    """

    run = models.ForeignKey("evaluations.Run", models.CASCADE, related_name="vectors")
    scorer_version = models.ForeignKey("evaluations.ScorerVersion", models.PROTECT, related_name="+")
    generation = models.PositiveIntegerField()
    order_hash = models.CharField(
        max_length=64, help_text="Hash of the dataset version whose order the items follow."
    )
    items = models.PositiveIntegerField()
    repeats = models.PositiveSmallIntegerField()
    numerators = models.BinaryField()
    denominators = models.BinaryField()
    presence = models.BinaryField(help_text="Bitmap, items × repeats.")
    labels = models.JSONField(default=list, blank=True)
    classes = models.BinaryField(null=True, blank=True)
    asked = models.BinaryField(
        null=True, blank=True, help_text="Bitmap over items of a run that did not need them all; null: all."
    )
    looks = models.PositiveIntegerField(default=0, help_text="How often the run could have stopped.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "scorer_version", "generation"], name="run_vector_once_per_generation"
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.run_id} scorer {self.scorer_version_id} generation {self.generation}"


class RunAggregate(models.Model):
    """Sums of a run per scorer and slice; slice and value "" is all items. Derived, rebuildable."""

    run = models.ForeignKey("evaluations.Run", models.CASCADE, related_name="aggregates")
    scorer_version = models.ForeignKey("evaluations.ScorerVersion", models.PROTECT, related_name="+")
    generation = models.PositiveIntegerField()
    slice = models.CharField(max_length=80, blank=True)
    value = models.CharField(max_length=120, blank=True)
    items = models.PositiveIntegerField()
    scored = models.PositiveIntegerField(help_text="Samples with a score.")
    missing = models.PositiveIntegerField(help_text="Samples without one.")
    numerator = models.FloatField()
    denominator = models.FloatField()
    passed = models.PositiveIntegerField(default=0)
    flaky = models.PositiveIntegerField(default=0, help_text="Items that passed in some repeats only.")
    unparsed = models.PositiveIntegerField(default=0)
    truncated = models.PositiveIntegerField(default=0)
    errored = models.PositiveIntegerField(default=0, help_text="Samples that ended in a model error.")
    figure = models.JSONField(
        null=True,
        blank=True,
        help_text="Of a figure over all samples: what it is and its 95 % range, worked out once with its seed.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "scorer_version", "generation", "slice", "value"], name="run_aggregate_once"
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.run_id} {self.slice}={self.value}"


class Exposure(models.Model):
    """Somebody was shown the content of test samples: counted and shown beside verdicts. Append-only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="exposures")
    dataset_version = models.ForeignKey(
        "evaluations.DatasetVersion", models.PROTECT, related_name="exposures"
    )
    run = models.ForeignKey(
        "evaluations.Run", models.PROTECT, null=True, blank=True, related_name="exposures"
    )
    samples = models.PositiveIntegerField()
    via = models.CharField(max_length=20)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.samples} samples of {self.dataset_version_id}"
