from decimal import Decimal

from django.conf import settings
from django.db import models

from evaluations.models.runs import Cap

FIRST_CAP = Decimal(200)


class LabSheet(models.Model):
    """A page of the prompt lab as it was typed: it may be half written. Its answers are ordinary runs of origin lab.

    prompts: up to four of {"system", "message", "schema"}, the schema as text. checks: {"kind", "config"} each.
    """

    class From(models.TextChoices):
        TYPED = "typed", "Typed or pasted rows"
        DATASET = "dataset", "A development dataset"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="lab_sheets")
    name = models.CharField(max_length=100)
    product = models.CharField(
        max_length=8,
        blank=True,
        help_text="Key of the product its spending is counted to; its members see it.",
    )
    prompts = models.JSONField(default=list, blank=True)
    rows_from = models.CharField(max_length=8, choices=From, default=From.TYPED)
    rows = models.TextField(blank=True)
    dataset_version = models.ForeignKey(
        "evaluations.DatasetVersion", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    may_leave = models.BooleanField(default=False, help_text="May typed rows go to a competitor's API?")
    versions = models.ManyToManyField("evaluations.ModelVersion", related_name="+", blank=True)
    checks = models.JSONField(default=list, blank=True)
    repeats = models.PositiveSmallIntegerField(default=1)
    max_tokens = models.PositiveIntegerField(default=512, help_text="The longest answer, in tokens.")
    cap = models.DecimalField(max_digits=18, decimal_places=8, default=FIRST_CAP)
    cap_unit = models.CharField(max_length=6, choices=Cap, default=Cap.CALLS)
    round = models.ForeignKey("evaluations.Round", models.PROTECT, null=True, blank=True, related_name="+")
    runs = models.ManyToManyField(
        "evaluations.Run", related_name="+", blank=True, help_text="Whose answers the page shows."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-saved_at", "-id"]
        indexes = [models.Index(fields=["owner", "-saved_at"], name="lab_sheet_by_owner")]

    def __str__(self) -> str:
        return self.name


class LabMark(models.Model):
    """What somebody thinks of an answer: a thumb, a note or both. answer: the response of the call itself, never a copy of it."""

    class Thumb(models.IntegerChoices):
        DOWN = -1, "Not good"
        NONE = 0, "No thumb"
        UP = 1, "Good"

    sheet = models.ForeignKey(LabSheet, models.CASCADE, related_name="marks")
    answer = models.ForeignKey("evaluations.Response", models.PROTECT, related_name="+", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    thumb = models.SmallIntegerField(choices=Thumb, default=Thumb.NONE)
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "answer", "author"], name="lab_mark_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id}/{self.answer_id}"


class LabVote(models.Model):
    """A person's choice between two answers to a row, shown without names. first, second: the answers of the calls themselves."""

    class Choice(models.IntegerChoices):
        FIRST = 1, "The first"
        TIE = 0, "Neither"
        SECOND = -1, "The second"

    sheet = models.ForeignKey(LabSheet, models.CASCADE, related_name="votes")
    first = models.ForeignKey("evaluations.Response", models.PROTECT, related_name="+", db_index=False)
    second = models.ForeignKey("evaluations.Response", models.PROTECT, related_name="+", db_index=False)
    voter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    choice = models.SmallIntegerField(choices=Choice)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "first", "second", "voter"], name="lab_vote_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id}/{self.first_id}:{self.second_id}"


class LabRepeat(models.Model):
    """One row asked several times more, to see how its answers vary: by the columns that the sheet showed then, as runs of a round."""

    sheet = models.ForeignKey(LabSheet, models.CASCADE, related_name="row_repeats")
    case_hash = models.CharField(max_length=64, help_text="Of the row: input and what is right.")
    times = models.PositiveSmallIntegerField()
    round = models.ForeignKey("evaluations.Round", models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["sheet", "case_hash", "-id"], name="lab_repeat_of_row")]

    def __str__(self) -> str:
        return f"{self.sheet_id}/{self.case_hash[:8]} × {self.times}"
