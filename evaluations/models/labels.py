from django.conf import settings
from django.db import models
from django.db.models import Q


class HumanScore(models.Model):
    """What a person says of one answer by a scorer's rubric. Append-only: a correction is the next number, and the newest counts.

    rater: who said it, "user:12" for somebody who labelled here, else the name an uploaded file gave. value: on the scorer's own range,
    None where it was taken back. settles: the word that decides where two raters differ.
    """

    response = models.ForeignKey("evaluations.Response", models.PROTECT, related_name="human_scores")
    scorer_version = models.ForeignKey(
        "evaluations.ScorerVersion", models.PROTECT, related_name="human_scores"
    )
    rater = models.CharField(max_length=120)
    number = models.PositiveIntegerField(default=1)
    settles = models.BooleanField(default=False)
    value = models.FloatField(null=True, blank=True)
    said = models.CharField(max_length=40, blank=True, help_text="As it was said: 4, pass.")
    note = models.CharField(max_length=1_000, blank=True, help_text="Why, in the rater's words.")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["response", "scorer_version", "rater", "settles", "number"],
                name="human_score_once_per_rater",
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="human_score_numbered"),
        ]
        indexes = [models.Index(fields=["scorer_version", "response"], name="human_score_by_scorer")]

    def __str__(self) -> str:
        return f"{self.response_id} by {self.rater}: {self.said}"
