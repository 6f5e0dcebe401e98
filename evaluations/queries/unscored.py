"""Why samples have no score of a scorer though there is an answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet

from evaluations.models import Run, Score, Unscored

MOST_REASONS = 5


@dataclass(frozen=True)
class Lacking:
    """Answers of a run that a scorer could not judge. reasons: the commonest five, in words, with how many answers each."""

    samples: int
    reasons: Sequence[tuple[str, int]]

    @property
    def others(self) -> int:
        """Answers whose reason is not among these."""
        return self.samples - sum(count for _, count in self.reasons)


def unscored_of(response_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Reasons by response and slug of the scorer. One query."""
    rows = _standing().filter(response__in=list(response_ids))
    found: dict[int, dict[str, str]] = {}
    for response, slug, reason in rows.values_list("response", "scorer_version__scorer__slug", "reason"):
        found.setdefault(response, {})[slug] = reason
    return found


def lacking_by_scorer(run: Run) -> Mapping[int, Lacking]:
    """By id of the scorer version; those that judged every answer are left out. One query."""
    rows = (
        _standing()
        .filter(response__run=run, scorer_version__in=run.evaluation_version.scorers.all())
        .order_by()
        .values_list("scorer_version", "reason")
        .annotate(count=Count("pk"))
        .order_by("scorer_version", "-count", "reason")
    )
    found: dict[int, list[tuple[str, int]]] = {}
    for scorer, reason, count in rows:
        found.setdefault(scorer, []).append((reason, count))
    return {
        scorer: Lacking(sum(count for _, count in reasons), reasons[:MOST_REASONS])
        for scorer, reasons in found.items()
    }


def _standing() -> QuerySet[Unscored]:
    scores = Score.objects.filter(response=OuterRef("response"), scorer_version=OuterRef("scorer_version"))
    return Unscored.objects.exclude(Exists(scores))
