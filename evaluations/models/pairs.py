from django.db import models
from django.db.models import F, Q


class PairJudging(models.Model):
    """What a judge is asked about two runs of one evaluation version; its run makes the calls, each case in both orders.

    Never changes: another question or another wording is another judging, and nothing is compared across them.
    """

    first = models.ForeignKey("evaluations.Run", models.PROTECT, related_name="+")
    second = models.ForeignKey("evaluations.Run", models.PROTECT, related_name="+")
    question = models.TextField(help_text="What a better answer is, in the words of who asked.")
    instruction = models.TextField(help_text="Everything the judge is told beside the data.")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the instruction.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(first=F("second")), name="pair_judging_of_two_runs"),
        ]

    def __str__(self) -> str:
        return f"run {self.first_id} against run {self.second_id}"


class PairOpinion(models.Model):
    """A judge's choice in one call. Responses of repeats 1, 3, … saw the first run's answer first, the others the second's.

    Repeats 1 and 2 are about the first try of both runs, 3 and 4 about the second.
    """

    class Choice(models.IntegerChoices):
        SECOND = -1, "The second run's answer"
        TIE = 0, "Neither"
        FIRST = 1, "The first run's answer"

    response = models.OneToOneField(
        "evaluations.Response", models.PROTECT, primary_key=True, related_name="pair_opinion"
    )
    choice = models.SmallIntegerField(choices=Choice)

    class Meta:
        ordering = ["response"]
        constraints = [
            models.CheckConstraint(condition=Q(choice__in=[-1, 0, 1]), name="pair_opinion_is_a_choice"),
        ]

    def __str__(self) -> str:
        return self.get_choice_display()
