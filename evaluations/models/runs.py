import uuid
from datetime import datetime
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Q, When


class Cap(models.TextChoices):
    MONEY = "money", "Money"
    TOKENS = "tokens", "Tokens"
    CALLS = "calls", "Calls"


class Origin(models.TextChoices):
    MANUAL = "manual", "Started by a person"
    SCHEDULE = "schedule", "Started by a schedule"
    NEW_VERSION = "new_version", "Started for a new version"
    API = "api", "Started over the API"
    PUSH = "push", "Results pushed"
    IMPORT = "import", "Imported"
    LAB = "lab", "Prompt lab"
    JUDGE = "judge", "A judge asked about answers"


# Runs that say nothing of a model version on an evaluation: tries, and a judge's calls about another run's answers.
NOT_EVIDENCE = (Origin.LAB, Origin.JUDGE)
# Runs whose results were made elsewhere: nobody is called for them.
BROUGHT = (Origin.PUSH, Origin.IMPORT)


class Round(models.Model):
    """Evaluations × model versions started together, within one budget; the parent of runs."""

    class Priority(models.IntegerChoices):
        LAUNCH = 1, "Launch"
        NORMAL = 2, "Normal"
        BULK = 3, "Bulk"

    name = models.CharField(max_length=160)
    suite = models.ForeignKey(
        "evaluations.Suite", models.SET_NULL, null=True, blank=True, related_name="rounds"
    )
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.MANUAL)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    cap_unit = models.CharField(max_length=6, choices=Cap, default=Cap.MONEY)
    cap = models.DecimalField(
        max_digits=18, decimal_places=8, null=True, blank=True, help_text="None: no cap."
    )
    settled = models.DecimalField(max_digits=18, decimal_places=8, default=Decimal(0))
    reserved = models.DecimalField(max_digits=18, decimal_places=8, default=Decimal(0))
    unknown = models.DecimalField(max_digits=18, decimal_places=8, default=Decimal(0))
    schedule = models.ForeignKey(
        "evaluations.Schedule", models.SET_NULL, null=True, blank=True, related_name="rounds"
    )
    charged_to = models.CharField(
        max_length=8, blank=True, help_text="Key of the product its spending is counted to."
    )
    preview = models.JSONField(
        default=dict, blank=True, help_text="What it was expected to take when it was started."
    )
    summary = models.JSONField(default=dict, blank=True)
    idempotency_key = models.CharField(max_length=120, blank=True)
    idempotency_digest = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["created_by", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="round_idempotency_key_unique",
            ),
            models.CheckConstraint(
                condition=Q(cap=None) | Q(cap__gte=F("settled") + F("reserved") + F("unknown")),
                name="round_within_its_cap",
            ),
        ]

    def __str__(self) -> str:
        return self.name


# When a run was asked: one that came with a log on the log's own day, any other when it was started.
ASKED = Case(
    When(finished_at__isnull=False, origin=Origin.IMPORT.value, then=F("finished_at")),
    default=F("created_at"),
)


class RunQuerySet(models.QuerySet["Run"]):
    def finished(self) -> Self:
        return self.filter(state__in=[Run.State.DONE, Run.State.PARTIAL])

    def moving(self) -> Self:
        return self.filter(state__in=[Run.State.QUEUED, Run.State.RUNNING, Run.State.SCORING])

    def evidence(self) -> Self:
        """Finished runs that say something of a model version: not from the lab, one resolved model id."""
        return self.finished().exclude(origin__in=NOT_EVIDENCE).filter(mixed_models=False)

    def last_asked_first(self) -> Self:
        """The newest measurement first: an old log that is imported today is no news beside a run of last week."""
        return self.order_by(ASKED.desc(), "-pk")

    def last_asked_of_each(self, *fields: str) -> Self:
        """Of each combination of these fields the newest measurement."""
        return self.order_by(*fields, ASKED.desc(), "-pk").distinct(*fields)

    def judgeable(self) -> Self:
        """Finished runs that may feed a verdict: evidence on a test dataset."""
        return self.evidence().filter(evaluation_version__dataset_version__dataset__purpose="test")


class Run(models.Model):
    """One evaluation version on one model version. PostgreSQL holds all of its progress; messages only wake a worker."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        SCORING = "scoring", "Scoring"
        DONE = "done", "Done"
        PARTIAL = "partial", "Partial"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    round = models.ForeignKey(Round, models.PROTECT, null=True, blank=True, related_name="runs")
    evaluation_version = models.ForeignKey(
        "evaluations.EvaluationVersion", models.PROTECT, related_name="runs"
    )
    model_version = models.ForeignKey("evaluations.ModelVersion", models.PROTECT, related_name="runs")
    prompt_version = models.ForeignKey(
        "evaluations.PromptVersion", models.PROTECT, null=True, blank=True, related_name="runs"
    )
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.MANUAL)
    priority = models.PositiveSmallIntegerField(choices=Round.Priority, default=Round.Priority.NORMAL)
    generation = models.PositiveIntegerField(default=1, help_text="Raised by resume and re-score.")
    paused_reason = models.CharField(max_length=300, blank=True)
    paused_since = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(
        max_length=500, blank=True, help_text="Why it failed or was cancelled, in words."
    )
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    training_run = models.CharField(max_length=120, blank=True)
    charged_to = models.CharField(
        max_length=8, blank=True, help_text="Key of the product its spending is counted to."
    )
    idempotency_key = models.CharField(max_length=120, blank=True)
    idempotency_digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the body that came with the key."
    )
    cap_unit = models.CharField(max_length=6, choices=Cap, default=Cap.MONEY)
    cap = models.DecimalField(max_digits=18, decimal_places=8, null=True, blank=True)
    settled = models.DecimalField(
        max_digits=18,
        decimal_places=8,
        default=Decimal(0),
        help_text="In the cap's unit, known from replies.",
    )
    reserved = models.DecimalField(
        max_digits=18, decimal_places=8, default=Decimal(0), help_text="Highest possible, of calls in flight."
    )
    unknown = models.DecimalField(
        max_digits=18,
        decimal_places=8,
        default=Decimal(0),
        help_text="Highest possible, of calls whose outcome was lost.",
    )
    cost = models.DecimalField(
        max_digits=18,
        decimal_places=8,
        null=True,
        blank=True,
        help_text="Money, settled; None when no price is known.",
    )
    currency = models.CharField(max_length=3, default="USD")
    calls = models.PositiveIntegerField(default=0)
    calls_unknown = models.PositiveIntegerField(
        default=0, help_text="Calls that may have been billed again after a crash."
    )
    total = models.PositiveIntegerField(default=0, help_text="Cases × repeats.")
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    canary_seen = models.JSONField(
        null=True,
        blank=True,
        help_text="How many answers hold the dataset's canary string, and the first cases; null where there is none to look for.",
    )
    reuse = models.BooleanField(
        default=True, help_text="May answers to the very same calls be taken from earlier runs?"
    )
    reuse_to = models.BigIntegerField(
        default=0, help_text="Work items up to this id were looked at for an earlier answer."
    )
    reused = models.PositiveIntegerField(default=0, help_text="Samples answered by a call of an earlier run.")
    saved = models.DecimalField(
        max_digits=18,
        decimal_places=8,
        null=True,
        blank=True,
        help_text="Money those calls took when they were made; None when no price was known.",
    )
    scored_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="scored_again",
        db_index=False,
        help_text="The run whose stored answers this one scores by another version of the evaluation.",
    )
    confirms = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The run that this one was ordered to confirm, because one alone decides nothing.",
    )
    judged_run = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="judgings",
        db_index=False,
        help_text="The run whose answers this one asks a judge about.",
    )
    judging_by = models.ForeignKey(
        "evaluations.ScorerVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The judge's scorer version.",
    )
    pair = models.OneToOneField(
        "evaluations.PairJudging",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="run",
        help_text="The two runs whose answers this one asks a judge to compare.",
    )
    until_settled = models.BooleanField(
        default=False, help_text="May it stop as soon as the targets that rest on it are settled?"
    )
    drawn_by = models.BigIntegerField(
        null=True, blank=True, help_text="Seed of the order in which such a run asks its cases."
    )
    look_to = models.BigIntegerField(
        null=True, blank=True, help_text="Work items after this id wait for the next look; null: none waits."
    )
    looks = models.PositiveIntegerField(default=0, help_text="How often it could have stopped.")
    not_needed = models.PositiveIntegerField(
        default=0, help_text="Samples it did not ask because its targets were settled; they are not missing."
    )
    resolved_model = models.CharField(max_length=200, blank=True)
    mixed_models = models.BooleanField(
        default=False, help_text="Replies named more than one model id: no verdict."
    )
    fingerprints = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        help_text="What replies said of the system behind them, in the order it was first said.",
    )
    chain_token = models.UUIDField(
        default=uuid.uuid4, help_text="Only the task that holds it goes on, so kicks never multiply chains."
    )
    chain_beat_at = models.DateTimeField(null=True, blank=True)
    kicked_at = models.DateTimeField(
        null=True, blank=True, help_text="When its token was last sent once more; no sign that work moved."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["evaluation_version", "model_version", "-id"], name="run_by_evaluation_and_model"
            ),
            models.Index(
                F("evaluation_version"),
                F("model_version"),
                ASKED.desc(),
                F("id").desc(),
                name="run_by_day_asked",
            ),
            models.Index(fields=["model_version", "-id"], name="run_by_model"),
            models.Index(
                fields=["scored_from"], condition=Q(scored_from__isnull=False), name="run_scored_from"
            ),
            models.Index(fields=["judged_run"], condition=Q(judged_run__isnull=False), name="run_judged"),
            models.Index(
                fields=["priority", "id"],
                condition=Q(state__in=["queued", "running", "scoring"]),
                name="run_moving",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["created_by", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="run_idempotency_key_unique",
            ),
            models.CheckConstraint(
                condition=Q(cap=None) | Q(cap__gte=F("settled") + F("reserved") + F("unknown")),
                name="run_within_its_cap",
            ),
            models.CheckConstraint(
                condition=Q(origin="judge", judged_run__isnull=False, judging_by__isnull=False, pair=None)
                | Q(origin="judge", judged_run=None, judging_by=None, pair__isnull=False)
                | (~Q(origin="judge") & Q(judged_run=None, judging_by=None, pair=None)),
                name="run_of_a_judge_names_what_it_judges",
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0) & Q(unknown__gte=0), name="run_spend_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(until_settled=True) | Q(looks=0, not_needed=0, look_to=None),
                name="run_stops_early_only_if_it_may",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def asked_at(self) -> datetime:
        """When it was started; an imported one on its log's own day."""
        return self.finished_at if self.origin == Origin.IMPORT and self.finished_at else self.created_at

    @property
    def stopped_early(self) -> bool:
        return self.not_needed > 0

    @property
    def wanted(self) -> int:
        """Samples that were or will be asked."""
        return self.total - self.not_needed

    @property
    def cases_given(self) -> int:
        """Needs its evaluation version loaded."""
        return self.total // self.evaluation_version.repeats

    @property
    def cases_asked(self) -> int:
        """Of those, the cases that were or will be asked."""
        return self.wanted // self.evaluation_version.repeats

    @property
    def is_copy(self) -> bool:
        """All of its answers are those of earlier calls: it says nothing that was not known."""
        return self.reused > 0 and self.reused == self.done
