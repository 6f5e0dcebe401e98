from django.conf import settings
from django.db import models


class Watch(models.Model):
    """What somebody wants to hear of, or wants to hear no more of.

    object_id and product instead of a reference: what is watched is made by apps above this one.
    """

    class Noun(models.TextChoices):
        REQUIREMENT = "requirement", "Requirement"
        CAPABILITY = "capability", "Capability"
        OBJECTIVE = "objective", "Objective"
        MODEL = "model", "Model"
        PRODUCT = "product", "Product"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="watches")
    noun = models.CharField(max_length=11, choices=Noun)
    object_id = models.BigIntegerField()
    product = models.CharField(max_length=12, blank=True, help_text="Key of its product; empty for a model.")
    stopped = models.BooleanField(
        default=False, help_text="Not even when it is theirs: they said that they do not want it."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["noun", "object_id"]
        verbose_name_plural = "watches"
        indexes = [models.Index(fields=["noun", "object_id"], name="watch_by_object")]
        constraints = [
            models.UniqueConstraint(fields=["person", "noun", "object_id"], name="watch_once"),
        ]

    def __str__(self) -> str:
        return f"{self.noun} {self.object_id}"
