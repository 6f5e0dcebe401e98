from django.db import models
from django.db.models.fields.json import KT

from evaluations.statistics import ALONE, Claim, Ends, possible_ends


class Outcome(models.TextChoices):
    MET = "met", "Met"
    NOT_MET = "not_met", "Not met"
    INCONCLUSIVE = "inconclusive", "Not proven yet"
    NO_DATA = "no_data", "No data"


class Trend(models.TextChoices):
    IMPROVED = "improved", "Improved"
    NO_WORSE = "no_worse", "No worse"
    WITHIN = "within_tolerance", "Within tolerance"
    REGRESSED = "regressed", "Regressed"
    UNKNOWN = "unknown", "Unknown"


class Verdict(models.Model):
    """What a piece of evidence says of one model version. Computed, never typed in, never changed; the newest one counts.

    point, low, high: in the scorer's unit (a rate is a fraction), or the difference ours − theirs for criteria against others.
    evidence: SHA-256 over all inputs; the same inputs give the same verdict and no second row.
    """

    # Both have an index below that tells more; beside it the planner would at times take the poorer one.
    verification = models.ForeignKey(
        "capabilities.Verification", models.PROTECT, related_name="verdicts", db_index=False
    )
    model_version = models.ForeignKey(
        "evaluations.ModelVersion", models.PROTECT, related_name="verdicts", db_index=False
    )
    run = models.ForeignKey("evaluations.Run", models.PROTECT, related_name="verdicts")
    generation = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome)
    reason = models.CharField(
        max_length=24, blank=True, help_text="Reason code, e.g. small_n, errors, straddles."
    )
    lean = models.CharField(max_length=3, blank=True, help_text="yes or no, when not proven yet.")
    trend = models.CharField(max_length=16, choices=Trend, default=Trend.UNKNOWN)
    pending_confirmation = models.BooleanField(default=False)
    method = models.CharField(max_length=60)
    point = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    confidence = models.FloatField(default=0.95)
    unit = models.CharField(max_length=20, default="rate")
    n = models.PositiveIntegerField(default=0)
    clusters = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    looks = models.PositiveIntegerField(default=1)
    needed_n = models.PositiveIntegerField(null=True, blank=True)
    sentence = models.TextField(help_text="The outcome in plain words; every number from the result.")
    detail = models.JSONField(default=dict, blank=True, help_text="Everything else the result carries.")
    evidence = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["verification", "model_version", "-id"], name="verdict_newest"),
            models.Index(
                fields=["model_version", "-id"], include=["verification"], name="verdict_of_version"
            ),
            # What changed reads every verdict of few versions, and those made since, from the index alone; the table is much wider.
            models.Index(
                fields=["model_version", "created_at"],
                include=["verification", "id", "outcome", "trend", "pending_confirmation"],
                name="verdict_since",
            ),
            models.Index(
                fields=["model_version"],
                include=["verification"],
                condition=models.Q(pending_confirmation=True),
                name="verdict_waiting",
            ),
            models.Index(
                "model_version",
                KT("detail__ages_from"),
                include=["verification"],
                condition=models.Q(detail__has_key="ages_from"),
                name="verdict_ages",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} ({self.pk})"

    def as_shown(self, end: float | None) -> float | None:
        """An end of a difference as pages show it: cut where no two scores can lie further apart. What decides is never cut."""
        return possible_ends(end, None, self.detail.get("widest"))[0]

    @property
    def goals(self) -> list[float]:
        """What its range is held against, in the same unit."""
        target, claim = self.detail.get("target"), self.detail.get("claim")
        if target is None:
            return []
        if claim == Claim.EQUIVALENCE:
            return [-target, target]
        turned = claim not in ALONE and not self.detail.get("higher_is_better", True)
        return [-target if turned else target]

    def shown_ends(self, *, difference: bool) -> Ends:
        """Its plausible range as it is shown: that of a difference within what is possible, that of a value as it is."""
        return (self.as_shown(self.low), self.as_shown(self.high)) if difference else (self.low, self.high)


class VerdictLine(models.Model):
    """One comparison or slice behind a verdict: a rival, the previous or released version, or a slice."""

    class Kind(models.TextChoices):
        RIVAL = "rival", "Rival"
        SIMPLE = "simple", "Simple alternative"
        PREVIOUS = "previous", "Previous version"
        RELEASED = "released", "Released version"
        SLICE = "slice", "Slice"

    verdict = models.ForeignKey(Verdict, models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=8, choices=Kind)
    model_version = models.ForeignKey(
        "evaluations.ModelVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    run = models.ForeignKey("evaluations.Run", models.PROTECT, null=True, blank=True, related_name="+")
    label = models.CharField(max_length=200)
    outcome = models.CharField(max_length=16, help_text="An outcome, or a trend for earlier versions.")
    their_point = models.FloatField(null=True, blank=True, help_text="The other's own score.")
    their_low = models.FloatField(null=True, blank=True)
    their_high = models.FloatField(null=True, blank=True)
    point = models.FloatField(
        null=True, blank=True, help_text="Difference ours − theirs; for a slice the score."
    )
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    n = models.PositiveIntegerField(default=0)
    both = models.PositiveIntegerField(null=True, blank=True)
    only_ours = models.PositiveIntegerField(null=True, blank=True)
    only_theirs = models.PositiveIntegerField(null=True, blank=True)
    neither = models.PositiveIntegerField(null=True, blank=True)
    sentence = models.TextField(blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.label


class Look(models.Model):
    """How a target stood when a run that stops once it is settled was looked at. Kept, since its number of cases came of it."""

    run = models.ForeignKey("evaluations.Run", models.CASCADE, related_name="target_looks")
    verification = models.ForeignKey("capabilities.Verification", models.CASCADE, related_name="looks")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome)
    n = models.PositiveIntegerField(default=0)
    sentence = models.TextField()
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "verification", "number"], name="look_once"),
        ]

    def __str__(self) -> str:
        return f"run {self.run_id}, look {self.number}"


class JudgedRun(models.Model):
    """How far a run was judged; the sweep looks for finished runs whose generation is ahead of this."""

    run = models.OneToOneField("evaluations.Run", models.CASCADE, related_name="judged")
    generation = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"run {self.run_id} generation {self.generation}"
