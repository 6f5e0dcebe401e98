from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now, TruncDate


class Kind(models.TextChoices):
    LLM = "llm", "LLM"
    LMM = "lmm", "Multimodal"
    LWM = "lwm", "World model"
    ASR = "asr", "Speech recognition"
    TTS = "tts", "Speech generation"
    ML = "ml", "ML"
    RULES = "rules", "Rules"
    SYSTEM = "system", "System"


class Side(models.TextChoices):
    OWN = "own", "Ours"
    COMPETITOR = "competitor", "Competitor"
    SIMPLE = "simple", "Simple alternative"


class Model(models.Model):
    """A model, ours, a competitor's or a simple alternative; its versions are what is evaluated."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    vendor = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    side = models.CharField(max_length=10, choices=Side)
    provider = models.ForeignKey(
        "evaluations.Provider", models.PROTECT, null=True, blank=True, related_name="models"
    )
    terms = models.TextField(blank=True, help_text="What its terms allow, e.g. publishing benchmark results.")
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def active(self) -> Self:
        """Neither retired nor past its shutdown date, by the database's clock."""
        return self.exclude(stage=ModelVersion.Stage.RETIRED).filter(
            Q(shutdown_on=None) | Q(shutdown_on__gte=TruncDate(Now()))
        )

    def newest_first(self) -> Self:
        """By release day (registration day while unreleased), then training step."""
        day = Coalesce("released_on", TruncDate("created_at"))
        return self.order_by(day.desc(), F("step").desc(nulls_last=True), "-id")


class ModelVersion(models.Model):
    """One identity of a model: api id or artifact, parameters, own prompt. These never change; stage, dates and notes may."""

    class Stage(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        RELEASED = "released", "Released"
        RETIRED = "retired", "Retired"

    model = models.ForeignKey(Model, models.PROTECT, related_name="versions")
    name = models.CharField(max_length=120)
    api_id = models.CharField(
        max_length=300,
        blank=True,
        help_text="What the provider calls it, an artifact URI or a callable's name.",
    )
    parameters = models.JSONField(
        default=dict, blank=True, help_text="Generation parameters; for rules the rule set."
    )
    own_prompt = models.ForeignKey(
        "evaluations.PromptVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    floating = models.BooleanField(
        default=False, help_text="An alias such as “latest” that may change under us."
    )
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.CANDIDATE)
    released_on = models.DateField(null=True, blank=True)
    shutdown_on = models.DateField(null=True, blank=True)
    training_run = models.CharField(max_length=120, blank=True)
    step = models.BigIntegerField(null=True, blank=True)
    git_sha = models.CharField(max_length=64, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    held_to = models.CharField(
        max_length=20, blank=True, help_text="Key of the baseline its training run is held to."
    )
    context_window = models.PositiveIntegerField(null=True, blank=True, help_text="Tokens.")
    modalities = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["model__slug", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["model", "name"], name="model_version_name_unique"),
            models.CheckConstraint(condition=~Q(name__contains="@"), name="model_version_name_has_no_at"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """`slug@name`, the natural key the API takes. Needs `model` loaded."""
        return f"{self.model.slug}@{self.name}"


class Price(models.Model):
    """What a version costs from a date on; the newest row not after the day of the call counts."""

    class Unit(models.TextChoices):
        INPUT = "input", "per million tokens in"
        OUTPUT = "output", "per million tokens out"
        CACHED = "cached", "per million cached tokens in"
        CALL = "call", "per call"
        SECOND = "second", "per second"

    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="prices")
    from_date = models.DateField()
    unit = models.CharField(max_length=10, choices=Unit)
    amount = models.DecimalField(max_digits=14, decimal_places=6)
    currency = models.CharField(max_length=3, default="USD")

    class Meta:
        ordering = ["-from_date", "unit"]
        constraints = [
            models.UniqueConstraint(fields=["model_version", "unit", "from_date"], name="price_once_a_day"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.get_unit_display()}"


class ModelEvent(models.Model):
    """Something about a version that changed under us: another resolved id or fingerprint, other scores, or the model is gone."""

    class Kind(models.TextChoices):
        RESOLVED = "resolved", "Answers under another model id"
        FINGERPRINT = "fingerprint", "Answers with another fingerprint"
        DRIFTED = "drifted", "Scores differently under the same name"
        GONE = "gone", "The provider no longer has it"
        REGISTERED = "registered", "Registered"

    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True)
    run = models.ForeignKey("evaluations.Run", models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.before} → {self.after}"


UNDER_US = (
    ModelEvent.Kind.RESOLVED,
    ModelEvent.Kind.FINGERPRINT,
    ModelEvent.Kind.DRIFTED,
    ModelEvent.Kind.GONE,
)
