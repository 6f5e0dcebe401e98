from django.db import models
from django.db.models import BigIntegerField, Value
from django.db.models.functions import Coalesce

from capabilities.models.verdicts import Outcome

# Lists look for several versions and for none at once, which an index answers in one go where none is a number like the others.
OF_NONE = 0
OF_VERSION = Coalesce("model_version", Value(OF_NONE), output_field=BigIntegerField())


class Standing(models.Model):
    """Where a requirement stands for a model version, kept so that lists can be searched. Derived: never typed in, rebuilt at will.

    model_version None: for every version that has no verdict on it; the database writes this row with the requirement. valid_until:
    the last moment before time alone changes the row. theirs: by `v` and the id of another's version, where it stands by our targets. The
    references carry no constraint in the database, so that rows that can be rebuilt never wait for a lock on what they tell of.
    """

    product = models.ForeignKey(
        "capabilities.Product", models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    requirement = models.ForeignKey(
        "capabilities.Requirement",
        models.CASCADE,
        related_name="standings",
        db_constraint=False,
        db_index=False,
    )
    model_version = models.ForeignKey(
        "evaluations.ModelVersion",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    revision = models.ForeignKey(
        "capabilities.Revision",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    sort_title = models.CharField(
        max_length=400, db_collation="C", help_text="Small letters without accents."
    )
    outcome = models.CharField(max_length=12, choices=Outcome)
    lean = models.CharField(max_length=3, blank=True)
    trend = models.CharField(max_length=16, blank=True)
    freshness = models.CharField(max_length=13, blank=True)
    coverage = models.CharField(max_length=14)
    waived = models.BooleanField(default=False)
    pending = models.BooleanField(default=False)
    gap_point = models.FloatField(null=True, blank=True)
    gap_low = models.FloatField(null=True, blank=True)
    gap_high = models.FloatField(null=True, blank=True)
    gap_unit = models.CharField(max_length=20, blank=True)
    gap_against = models.CharField(max_length=200, blank=True)
    gap_supported = models.BooleanField(default=False)
    theirs = models.JSONField(default=dict, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["requirement", "model_version"]
        constraints = [
            models.UniqueConstraint(
                fields=["requirement", "model_version"], nulls_distinct=False, name="standing_once"
            )
        ]
        indexes = [
            # Lists look at all rows of a version and those of none: read from the index alone, since they lie far apart in the table.
            models.Index(
                "product",
                OF_VERSION,
                "requirement",
                include=[
                    *("model_version", "outcome", "freshness", "coverage", "trend", "waived", "pending"),
                    *("gap_point", "gap_supported", "gap_unit", "judged_at", "sort_title"),
                ],
                name="standing_listed",
            ),
            models.Index(
                fields=["valid_until"],
                condition=models.Q(valid_until__isnull=False),
                name="standing_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requirement_id} for {self.model_version_id}: {self.outcome}"


class StandingMark(models.Model):
    """Says that a requirement's standings must be worked out again. Triggers of the database write it, whoever changes what."""

    requirement = models.ForeignKey(
        "capabilities.Requirement", models.CASCADE, related_name="+", db_constraint=False
    )

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.requirement_id)
