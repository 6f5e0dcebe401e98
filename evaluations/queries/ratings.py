"""What people's ratings of a run say: the mean on the scale with its range over raters, and how each of them rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluations.models import EvaluationScorer, Response, Run, ScorerVersion
from evaluations.queries.human_scores import Labelled, labelled_by_scorer
from evaluations.scorers import human_rating, judge_kinds
from evaluations.scorers.scales import scale
from evaluations.statistics import Estimate, Kind, estimate, plain

RATING = human_rating.slug


@dataclass(frozen=True)
class Rater:
    """name: as the file gave it, or "user:12". mean: on the scale."""

    name: str
    answers: int
    mean: float


@dataclass(frozen=True, eq=False)
class Rated:
    """Ratings of one run by one scorer. lowest, highest: of the scale, in which everything here stands.

    found: the mean over ratings; its range counts raters, not ratings (cluster = rater), so that four raters are four however
    much they rated. None without a rating.
    """

    scorer: ScorerVersion
    lowest: float
    highest: float
    raters: Sequence[Rater] = ()
    answers: int = 0
    ratings: int = 0
    found: Estimate | None = None

    @property
    def one_rater(self) -> bool:
        return len(self.raters) == 1


def rateable_scorers(run: Run) -> list[ScorerVersion]:
    """The scorers of the run's evaluation that people may speak by: ratings, and judges. One query."""
    rows = EvaluationScorer.objects.filter(
        evaluation_version=run.evaluation_version_id, scorer_version__kind__in=[RATING, *judge_kinds()]
    )
    return [row.scorer_version for row in rows.select_related("scorer_version__scorer")]


def rated_of(run: Run) -> list[Rated]:
    """For each scorer of people's ratings what was said so far. Two queries, one without such a scorer."""
    scorers = [one for one in rateable_scorers(run) if one.kind == RATING]
    found = labelled_by_scorer([one.pk for one in scorers], [run]) if scorers else {}
    return [rated(one, list(found.get(one.pk, {}).values())) for one in scorers]


def rated(scorer: ScorerVersion, answers: Sequence[Labelled], confidence: float = 0.95) -> Rated:
    """The figure of these answers. No query."""
    low, high = scale(scorer.config)
    said = [(rater, low + value * (high - low)) for one in answers for rater, value in one.ratings.items()]
    if not said:
        return Rated(scorer, low, high)
    names = sorted({rater for rater, _ in said})
    values = {name: [value for rater, value in said if rater == name] for name in names}
    samples = plain(
        [value for _, value in said],
        kind=Kind.BOUNDED,
        clusters=[rater for rater, _ in said],
        bounds=(low, high),
    )
    return Rated(
        scorer,
        low,
        high,
        raters=[Rater(name, len(values[name]), float(np.mean(values[name]))) for name in names],
        answers=sum(bool(one.ratings) for one in answers),
        ratings=len(said),
        found=estimate(samples, confidence),
    )


def answers_by_place(run: Run) -> Mapping[tuple[str, int], int]:
    """Response ids by case key and repeat, of answers that are no errors of the model. One query."""
    rows = Response.objects.filter(run=run, error_class="").order_by("pk")
    return {(key, repeat): pk for key, repeat, pk in rows.values_list("case__key", "repeat", "pk")}


def template_rows(run: Run) -> list[dict[str, Any]]:
    """A row for each answer of the run, for raters to fill in. One query."""
    return [
        {"rater": "", "case": key, "repeat": repeat, "score": "", "note": ""}
        for key, repeat in answers_by_place(run)
    ]
