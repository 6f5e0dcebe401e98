from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.models.runs import Cap, Round


class Schedule(models.Model):
    """Runs a suite on the model versions its selector finds, on a calendar, within a budget for each slot.

    selector: {"kinds": [...], "sides": [...], "stages": [...], "models": [slugs], "floating_only": bool, "stale_only": bool}; an absent or
    empty list does not restrict.
    """

    class Misfire(models.TextChoices):
        RUN_ONCE = "run_once", "Run once, late"
        SKIP = "skip", "Skip"

    class Overlap(models.TextChoices):
        SKIP = "skip", "Skip while the last round is running"
        QUEUE = "queue", "Start anyway"

    name = models.CharField(max_length=120, unique=True)
    suite = models.ForeignKey("evaluations.Suite", models.PROTECT, related_name="schedules")
    selector = models.JSONField(default=dict, blank=True)
    cron = models.CharField(max_length=80, blank=True, help_text="Empty: only when versions are registered.")
    zone = models.CharField(max_length=60, default="UTC")
    on_new_version = models.BooleanField(
        default=False, help_text="Also run a version that the selector fits when it is registered."
    )
    cap_unit = models.CharField(max_length=6, choices=Cap, default=Cap.MONEY)
    cap = models.DecimalField(max_digits=18, decimal_places=8, null=True, blank=True)
    run_cap = models.DecimalField(
        max_digits=18,
        decimal_places=8,
        null=True,
        blank=True,
        help_text="Of each run of a round, in cap_unit.",
    )
    charged_to = models.CharField(
        max_length=8, blank=True, help_text="Key of the product its spending is counted to."
    )
    priority = models.PositiveSmallIntegerField(choices=Round.Priority, default=Round.Priority.NORMAL)
    misfire = models.CharField(max_length=8, choices=Misfire, default=Misfire.RUN_ONCE)
    overlap = models.CharField(max_length=5, choices=Overlap, default=Overlap.SKIP)
    rerun_frozen = models.BooleanField(
        default=False, help_text="Also run frozen versions that already have fresh results."
    )
    call_again = models.BooleanField(
        default=False, help_text="Call every sample, also where an earlier run asked the very same."
    )
    until_settled = models.BooleanField(
        default=False, help_text="Stop each run as soon as the targets that rest on it are settled."
    )
    enabled = models.BooleanField(default=True)
    ticked_to = models.DateTimeField(help_text="Slots due up to this moment exist.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(cron="") | Q(on_new_version=True),
                name="schedule_has_an_occasion",
                violation_error_message="Say when it runs: a calendar, new versions, or both.",
            ),
            models.CheckConstraint(
                condition=Q(on_new_version=False) | Q(cap__isnull=False),
                name="schedule_of_new_versions_has_a_cap",
                violation_error_message="What runs by itself for every new version needs a budget each time.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ScheduleSlot(models.Model):
    """One due moment of a schedule, of its calendar or because a version was registered; every slot ends as ran, late or skipped,
    with the reason."""

    class Outcome(models.TextChoices):
        RAN = "ran", "Ran"
        LATE = "late", "Ran late"
        SKIPPED = "skipped", "Skipped"

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="slots")
    due_at = models.DateTimeField()
    model_version = models.ForeignKey(
        "evaluations.ModelVersion",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="slots",
        help_text="Whose registration made it due; none for a moment of the calendar.",
    )
    outcome = models.CharField(max_length=7, choices=Outcome, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    resolved = models.JSONField(
        default=list, blank=True, help_text="Labels of the model versions the selector found."
    )
    round = models.ForeignKey(Round, models.SET_NULL, null=True, blank=True, related_name="slots")
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-due_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "due_at"], condition=Q(model_version=None), name="slot_once"
            ),
            models.UniqueConstraint(fields=["schedule", "model_version"], name="slot_once_for_each_version"),
            models.CheckConstraint(
                condition=~Q(outcome="skipped") | ~Q(reason=""), name="slot_skipped_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.due_at:%Y-%m-%d %H:%M}"
