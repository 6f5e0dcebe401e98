from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone


class RemarkQuerySet(models.QuerySet["Remark"]):
    def waiting(self) -> Self:
        """With a day, and nobody has looked again yet."""
        return self.filter(remind_on__isnull=False, settled_at=None)

    def due(self, today: date) -> Self:
        return self.waiting().filter(remind_on__lte=today)


class Remark(models.Model):
    """What somebody says about a problem, or of a requirement's intent what would change our mind; its words never change.

    remind_on: the day on which it is to be read again. settled_*: that somebody looked again, and what they found.
    """

    problem = models.ForeignKey(
        "capabilities.Problem", models.PROTECT, null=True, blank=True, related_name="remarks"
    )
    requirement = models.ForeignKey(
        "capabilities.Requirement", models.PROTECT, null=True, blank=True, related_name="remarks"
    )
    text = models.TextField()
    remind_on = models.DateField(null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    found = models.TextField(blank=True, help_text="What looking again showed.")
    objects = RemarkQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["remind_on"],
                condition=Q(remind_on__isnull=False, settled_at=None),
                name="remark_waiting",
            )
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="remark_has_words"),
            models.CheckConstraint(
                condition=Q(problem__isnull=False, requirement=None)
                | Q(problem=None, requirement__isnull=False, remind_on__isnull=False),
                name="remark_of_a_problem_or_with_a_day_of_a_requirement",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, found="") | (Q(settled_at__isnull=False) & ~Q(found="")),
                name="remark_settled_says_what_was_found",
            ),
        ]

    @property
    def is_due(self) -> bool:
        """Whether its day has come and nobody looked again."""
        waits = self.remind_on is not None and self.settled_at is None
        return waits and self.remind_on <= timezone.localdate()  # type: ignore[operator]

    def __str__(self) -> str:
        return f"remark {self.pk}"
