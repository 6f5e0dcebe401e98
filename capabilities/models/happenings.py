from django.db import models
from django.db.models.functions import Now


class Happening(models.Model):
    """Something that happened and that nobody was told of yet.

    The database writes it in the transaction of what it speaks of, so nothing is lost when the broker or a worker is away, and a
    transaction that commits late is only told of late. Telling deletes it.
    """

    class Source(models.TextChoices):
        DEED = "deed", "An entry of the audit trail"
        VERDICT = "verdict", "A verdict"
        RECHECK = "recheck", "Evidence that needs a re-check"
        MODEL = "model", "A change of a model"
        ROUND = "round", "A finished round"

    source = models.CharField(max_length=8, choices=Source)
    source_id = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())
    tries = models.PositiveSmallIntegerField(db_default=0)
    error = models.TextField(blank=True, db_default="")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.source} {self.source_id}"
