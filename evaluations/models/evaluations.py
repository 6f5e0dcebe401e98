from django.db import models
from django.db.models import Q

from evaluations.models.scorers import ScorerVersion


class Evaluation(models.Model):
    """A way of measuring: cases, prompt, checks and settings, in immutable versions."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class EvaluationVersion(models.Model):
    """Everything that must be the same for two runs to be compared; frozen as soon as its scorers are set."""

    class PromptPolicy(models.TextChoices):
        FIXED = "fixed", "Everybody gets this prompt"
        OWN = "own", "Each version brings its own prompt"

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    dataset_version = models.ForeignKey(
        "evaluations.DatasetVersion", models.PROTECT, related_name="evaluation_versions"
    )
    prompt_version = models.ForeignKey(
        "evaluations.PromptVersion", models.PROTECT, null=True, blank=True, related_name="evaluation_versions"
    )
    prompt_policy = models.CharField(max_length=5, choices=PromptPolicy, default=PromptPolicy.FIXED)
    scorers: "models.ManyToManyField[ScorerVersion, EvaluationScorer]" = models.ManyToManyField(
        "evaluations.ScorerVersion", through="EvaluationScorer", related_name="evaluation_versions"
    )
    parameters = models.JSONField(
        default=dict, blank=True, help_text="temperature, max_output_tokens, seed, …"
    )
    repeats = models.PositiveSmallIntegerField(default=1)
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    frozen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["evaluation__slug", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "number"], name="evaluation_version_number_unique"),
            models.CheckConstraint(
                condition=Q(repeats__gte=1) & Q(repeats__lte=100), name="evaluation_version_repeats_1_to_100"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation.slug}@{self.number}"


class EvaluationScorer(models.Model):
    """A scorer version of an evaluation version; each scorer slug once."""

    evaluation_version = models.ForeignKey(
        EvaluationVersion, models.CASCADE, related_name="evaluation_scorers"
    )
    scorer_version = models.ForeignKey("evaluations.ScorerVersion", models.PROTECT, related_name="+")
    slug = models.SlugField(help_text="The scorer's slug again, so that the database can hold it unique.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation_version", "slug"], name="scorer_once_per_evaluation"),
        ]

    def __str__(self) -> str:
        return self.slug


class Suite(models.Model):
    """A named list of evaluations that run together; each run takes an evaluation's newest version."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    evaluations = models.ManyToManyField(Evaluation, related_name="suites")

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name
