from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Expectation(models.Model):
    """What somebody expected of a version before it was measured. Never changed; the database refuses one that comes after the result.

    low, high: where the criterion's value will lie, in its unit (a rate is a fraction; a difference for criteria against others).
    model_version: the version spoken of; None: the next version of the model, the first registered after `after`.
    """

    criterion = models.ForeignKey("capabilities.Criterion", models.PROTECT, related_name="expectations")
    model = models.ForeignKey("evaluations.Model", models.PROTECT, related_name="+")
    model_version = models.ForeignKey(
        "evaluations.ModelVersion", models.PROTECT, null=True, blank=True, related_name="expectations"
    )
    after = models.ForeignKey(
        "evaluations.ModelVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="For the next version: the newest there was.",
    )
    low = models.FloatField()
    high = models.FloatField()
    confidence = models.FloatField(default=0.8, help_text="How sure the author is that the range holds.")
    note = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["model_version", "criterion"], name="expectation_by_version")]
        constraints = [
            models.CheckConstraint(
                condition=Q(low__lte=F("high")),
                name="expectation_low_not_above_high",
                violation_error_message="The lower end is above the upper end.",
            ),
            models.CheckConstraint(
                condition=Q(confidence__gte=0.5) & Q(confidence__lt=1),
                name="expectation_confidence_half_to_one",
                violation_error_message="How sure you are lies between 50 % and 99 %.",
            ),
            models.CheckConstraint(
                condition=Q(model_version=None) | Q(after=None), name="expectation_of_one_version"
            ),
            models.UniqueConstraint(
                fields=["criterion", "author", "model", "model_version", "after"],
                nulls_distinct=False,
                name="expectation_once_a_person",
                violation_error_message="You have recorded what you expect here. It cannot be changed.",
            ),
        ]

    def __str__(self) -> str:
        return f"expectation {self.pk}"
