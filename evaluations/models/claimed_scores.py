from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from evaluations.models.scorers import ScorerVersion


class ClaimedScoreQuerySet(models.QuerySet["ClaimedScore"]):
    def standing(self) -> Self:
        """Not withdrawn."""
        return self.filter(withdrawn_at=None)


class ClaimedScore(models.Model):
    """What a vendor says its version scores, or a log of another tool reports of it. It is shown with its source beside what is
    measured here, and no verdict rests on it.

    evaluation, scorer: the measure of ours it speaks of; both empty for a benchmark that nobody runs here, which `benchmark` then names.
    value: in `unit`, a rate is a fraction. Never changed; what was wrong is withdrawn with the reason.
    """

    model_version = models.ForeignKey(
        "evaluations.ModelVersion", models.PROTECT, related_name="claimed_scores"
    )
    evaluation = models.ForeignKey(
        "evaluations.Evaluation", models.PROTECT, null=True, blank=True, related_name="claimed_scores"
    )
    scorer = models.ForeignKey("evaluations.Scorer", models.PROTECT, null=True, blank=True, related_name="+")
    benchmark = models.CharField(max_length=120, blank=True, help_text="What the vendor calls it.")
    metric = models.CharField(max_length=80, blank=True, help_text="What the vendor counts, e.g. accuracy.")
    value = models.FloatField()
    unit = models.CharField(max_length=20, default="rate", help_text="A rate is a fraction.")
    source = models.CharField(max_length=1_000, help_text="Address or citation.")
    claimed_on = models.DateField()
    conditions = models.TextField(blank=True, help_text="Prompt, examples given, tries, harness.")
    n = models.PositiveIntegerField(null=True, blank=True, help_text="Cases it was worked out over.")
    standard_error = models.FloatField(null=True, blank=True, help_text="In the unit; None where unknown.")
    direction = models.CharField(
        max_length=6, choices=ScorerVersion.Direction, blank=True, help_text="Empty where it is not said."
    )
    log = models.ForeignKey(
        "evaluations.ImportedLog", models.PROTECT, null=True, blank=True, related_name="reported"
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_reason = models.TextField(blank=True)
    objects = ClaimedScoreQuerySet.as_manager()

    class Meta:
        ordering = ["-claimed_on", "-id"]
        indexes = [models.Index(fields=["evaluation", "scorer"], name="claimed_score_by_measure")]
        constraints = [
            models.CheckConstraint(condition=~Q(source=""), name="claimed_score_has_source"),
            models.CheckConstraint(
                condition=Q(evaluation__isnull=False, scorer__isnull=False)
                | (Q(evaluation=None, scorer=None) & ~Q(benchmark="")),
                name="claimed_score_names_what_is_measured",
            ),
            models.CheckConstraint(
                condition=Q(value__gt=-1e15) & Q(value__lt=1e15), name="claimed_score_is_a_number"
            ),
            models.CheckConstraint(
                condition=Q(standard_error=None) | Q(standard_error__gt=0),
                name="claimed_score_standard_error_is_never_certainty",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
                name="claimed_score_withdrawn_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"claimed score {self.pk}"

    @property
    def measure(self) -> str:
        """Sentiment reviews, exact match. Needs `evaluation` and `scorer` loaded."""
        if self.evaluation is None or self.scorer is None:
            return f"{self.benchmark}, {self.metric}" if self.metric else self.benchmark
        return f"{self.evaluation.name}, {self.scorer.name or self.scorer.slug}"

    @property
    def source_url(self) -> str:
        """The source where it is an address, else empty."""
        return (
            self.source if self.source.startswith(("https://", "http://")) and " " not in self.source else ""
        )
