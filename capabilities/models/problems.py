import re
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from evaluations.models import Kind

KEY = re.compile(r"([A-Z][A-Z0-9]{0,7})-P([0-9]{1,9})", re.ASCII)


class ProblemQuerySet(models.QuerySet["Problem"]):
    def with_key(self, key: str) -> Self:
        """The problem called `VA-P3`; nothing for a malformed key."""
        match = KEY.fullmatch(key.upper())
        return self.filter(product__key=match[1], number=int(match[2])) if match else self.none()


class Problem(models.Model):
    """A problem that users have, before anybody decided that a model should solve it.

    kind: of the models that would be tried on it.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ASSESSED = "assessed", "Assessed"
        ADOPTED = "adopted", "Adopted"
        DECLINED = "declined", "Declined"

    class Aim(models.TextChoices):
        HELP = "help", "Help people do it"
        AUTOMATE = "automate", "Do it for them"
        UNDECIDED = "undecided", "Not decided"

    product = models.ForeignKey("capabilities.Product", models.PROTECT, related_name="problems")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=160)
    who = models.TextField()
    what = models.TextField()
    today = models.TextField(blank=True)
    how_often = models.CharField(max_length=300, blank=True)
    wrong_cost = models.TextField(blank=True)
    silent_cost = models.TextField(blank=True)
    aim = models.CharField(max_length=10, choices=Aim, default=Aim.UNDECIDED)
    data = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.LLM)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    state_reason = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    objects = ProblemQuerySet.as_manager()

    class Meta:
        ordering = ["product__key", "number"]
        constraints = [
            models.UniqueConstraint(fields=["product", "number"], name="problem_number_unique"),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(state_reason=""), name="problem_declined_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """`VA-P3`. Needs `product` loaded."""
        return f"{self.product.key}-P{self.number}"


class Assessment(models.Model):
    """What somebody concluded of a problem, and on what; never changed. A later one stands beside it.

    answers: by question of the worksheet {"answer": yes, no or unknown, "note": text}. ai_part, rules_part: of a hybrid, which is whose.
    """

    class Conclusion(models.TextChoices):
        AI = "ai", "AI"
        RULES = "rules", "Rules"
        HYBRID = "hybrid", "Hybrid"
        NOT_NOW = "not_now", "Not now"

    problem = models.ForeignKey(Problem, models.PROTECT, related_name="assessments")
    number = models.PositiveIntegerField()
    answers = models.JSONField(default=dict, blank=True)
    conclusion = models.CharField(max_length=8, choices=Conclusion)
    reason = models.TextField()
    ai_part = models.TextField(blank=True)
    rules_part = models.TextField(blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["problem", "number"], name="assessment_number_unique"),
            models.CheckConstraint(condition=~Q(reason=""), name="assessment_has_reason"),
            models.CheckConstraint(
                condition=~Q(conclusion="hybrid") | (~Q(ai_part="") & ~Q(rules_part="")),
                name="assessment_hybrid_names_both_parts",
            ),
        ]

    def __str__(self) -> str:
        return f"assessment {self.number}"


class AssessmentEvidence(models.Model):
    """Two runs on the same cases that a conclusion rests on, by one scorer; what they show is compared when it is read, never typed in.

    against_is: what the second run stands for.
    """

    class Against(models.TextChoices):
        SIMPLE = "simple", "The simple alternative"
        TODAY = "today", "Today’s way"
        CANDIDATE = "candidate", "Another candidate"

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="evidence")
    run = models.ForeignKey("evaluations.Run", models.PROTECT, related_name="+")
    against = models.ForeignKey("evaluations.Run", models.PROTECT, related_name="+")
    scorer = models.ForeignKey("evaluations.Scorer", models.PROTECT, related_name="+")
    against_is = models.CharField(max_length=9, choices=Against, default=Against.CANDIDATE)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "run", "against", "scorer"], name="assessment_evidence_once"
            ),
            models.CheckConstraint(condition=~Q(run=F("against")), name="assessment_evidence_of_two_runs"),
        ]

    def __str__(self) -> str:
        return f"run {self.run_id} against {self.against_id}"


class ProblemRequirement(models.Model):
    """A requirement that was drafted from a conclusion. part: which side of a hybrid it is for."""

    class Part(models.TextChoices):
        AI = "ai", "The AI part"
        RULES = "rules", "The rules part"

    problem = models.ForeignKey(Problem, models.PROTECT, related_name="requirement_links")
    requirement = models.ForeignKey("capabilities.Requirement", models.PROTECT, related_name="problem_links")
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="+")
    part = models.CharField(max_length=5, choices=Part)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["problem", "requirement"], name="problem_requirement_once")
        ]

    def __str__(self) -> str:
        return f"{self.problem_id} → {self.requirement_id}"
