from typing import Any

from django.db import models

LONGEST = 4_000


class CaseText(models.Model):
    """The words of a case's input, for searching, and the digest by which the same input is found elsewhere.

    Derived: written with the case; the database removes it when the content is erased. Its column `searched` is made by the
    database and known to the search alone.
    """

    case = models.OneToOneField("evaluations.Case", models.CASCADE, primary_key=True, related_name="words")
    text = models.TextField()
    digest = models.CharField(
        max_length=64,
        blank=True,
        db_index=True,
        help_text="SHA-256 of the input without regard to capital letters and spaces.",
    )

    def __str__(self) -> str:
        return self.text[:60]


class CaseWord(models.Model):
    """A word that inputs of a dataset's cases hold, for searching what was misspelled.

    Derived: the database writes it with the case's text, and takes it away with the last text that holds it.
    """

    dataset = models.ForeignKey("evaluations.Dataset", models.CASCADE, related_name="+", db_index=False)
    word = models.CharField(max_length=40)

    class Meta:
        ordering = ["dataset", "word"]
        constraints = [models.UniqueConstraint(fields=["dataset", "word"], name="caseword_once")]

    def __str__(self) -> str:
        return self.word


def words_in(value: Any) -> str:
    """All text inside an input, in order, cut at LONGEST characters."""
    pieces: list[str] = []
    waiting = [value]
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, str):
            pieces.append(found)
        elif isinstance(found, dict):
            waiting = [*found.values(), *waiting]
        elif isinstance(found, list):
            waiting = [*found, *waiting]
    return " ".join(pieces).replace("\x00", "")[:LONGEST]
