from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class DriftLook(models.Model):
    """A run on a schedule left the limits of its control chart, and what a second run said of it.

    number: the k-th look at this model version by this evaluation version; look k may spend α·6/(π²k²), so it is kept and never reckoned
    again. It is given when the confirming run is ordered, whatever becomes of it.
    """

    class State(models.TextChoices):
        NOT_ORDERED = "not_ordered", "No confirming run was ordered"
        WAITING = "waiting", "Waits for the confirming run"
        CONFIRMED = "confirmed", "Confirmed"
        NOT_CONFIRMED = "not_confirmed", "Not confirmed"
        UNKNOWN = "unknown", "The confirming run could not be read"

    model_version = models.ForeignKey(
        "evaluations.ModelVersion", models.PROTECT, related_name="drift_looks", db_index=False
    )
    evaluation_version = models.ForeignKey("evaluations.EvaluationVersion", models.PROTECT, related_name="+")
    scorer_version = models.ForeignKey(
        "evaluations.ScorerVersion", models.PROTECT, related_name="+", db_index=False
    )
    number = models.PositiveIntegerField(null=True, blank=True)
    alarm_run = models.ForeignKey("evaluations.Run", models.PROTECT, related_name="+", db_index=False)
    reference = ArrayField(
        models.BigIntegerField(), default=list, help_text="Ids of the runs that are held to be in control."
    )
    confirming_run = models.ForeignKey(
        "evaluations.Run", models.PROTECT, null=True, blank=True, related_name="drift_looks"
    )
    state = models.CharField(max_length=13, choices=State, default=State.WAITING)
    said = models.CharField(
        max_length=500, blank=True, help_text="What was found, or why no run was ordered."
    )
    result = models.JSONField(
        default=dict, blank=True, help_text="Figures before and after, their difference and its range."
    )
    event = models.ForeignKey(
        "evaluations.ModelEvent", models.SET_NULL, null=True, blank=True, related_name="drift_looks"
    )
    at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["model_version", "evaluation_version"], name="drift_look_by_pair"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["alarm_run", "scorer_version"], name="drift_look_once_an_alarm"),
            models.UniqueConstraint(
                fields=["model_version", "evaluation_version", "number"], name="drift_look_number_once"
            ),
            models.CheckConstraint(
                condition=Q(state="not_ordered", number=None, confirming_run=None)
                | (~Q(state="not_ordered") & Q(number__gte=1, confirming_run__isnull=False)),
                name="drift_look_is_numbered_once_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: run {self.alarm_run_id}"


class WatchedRun(models.Model):
    """A run on a schedule that was looked at for a silent change, and as which generation."""

    run = models.OneToOneField("evaluations.Run", models.CASCADE, related_name="watched")
    generation = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"run {self.run_id} generation {self.generation}"
