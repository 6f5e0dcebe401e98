"""Whether a judge may be believed: how much of it people have checked, how far they agree, and how it differs from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from itertools import combinations

import numpy as np
from django.utils import timezone

from evaluations.models import Score, ScorerVersion
from evaluations.queries.human_scores import Labelled, labelled_by_scorer
from evaluations.statistics import Floats, Interval, agreement_interval, cohen_kappa, krippendorff_alpha

# Why these: docs/decisions/judges-and-people.md.
LEAST_LABELLED = 50
LEAST_ALPHA = 2 / 3
MAX_AGE_DAYS = 30
SEED = 20_261
UNCORRECTED = "This rests on a judge’s opinions as they are, so no lead is proven; a criterion corrects them by people’s labels."


@dataclass(frozen=True)
class Checked:
    """One answer with both opinions. person: the settled word or the raters' mean."""

    run_id: int
    key: str
    person: float
    judge: float


@dataclass(frozen=True, eq=False)
class Calibration:
    """A judge's scorer version beside people. Answers count once two people labelled them and the judge was asked."""

    scorer: ScorerVersion
    answers: Sequence[Labelled] = ()
    checked: Sequence[Checked] = ()
    newest: datetime | None = None

    @cached_property
    def ratings(self) -> Floats:
        """Raters × answers, NaN where a rater said nothing."""
        return ratings_of(self.answers)

    @cached_property
    def alpha(self) -> float | None:
        """Between people; None where nobody ever differs or too little is labelled."""
        return krippendorff_alpha(self.ratings, numeric=True) if self.answers else None

    @property
    def agree(self) -> bool:
        """People agree well enough to be a standard. All saying the same of everything is agreement too."""
        return (
            self.alpha >= LEAST_ALPHA
            if self.alpha is not None
            else not any(one.differs for one in self.answers)
        )

    def problem(self, max_age_days: int = MAX_AGE_DAYS) -> str:
        """Why it may not feed a verdict and what to do, as a sentence; empty when it may."""
        lacking = LEAST_LABELLED - len(self.checked)
        name = str(self.scorer)
        if lacking > 0:
            return (
                f"the judge {name} is unchecked: {len(self.checked)} of {LEAST_LABELLED} answers were labelled by two people. "
                f"Label {lacking} more in the labelling queue."
            )
        if not self.agree:
            return (
                f"the judge {name} is unchecked: the people who labelled agree too little (alpha {self.alpha:.2f}, at least "
                f"{LEAST_ALPHA:.2f} is needed). Settle what the rubric leaves open, and label again."
            )
        if self.is_old(max_age_days):
            return (
                f"the judge {name} may have changed since it was checked over {max_age_days} days ago. "
                "Label some of its newest answers in the labelling queue."
            )
        return ""

    def verdict_problem(self, max_age_days: int = MAX_AGE_DAYS) -> str:
        """The same for verdicts, which stand for long: without the count, which the queue says."""
        if len(self.checked) < LEAST_LABELLED:
            return (
                f"the judge {self.scorer} is unchecked. Label at least {LEAST_LABELLED} of its answers by two people in the "
                "labelling queue."
            )
        return self.problem(max_age_days)

    def is_old(self, max_age_days: int) -> bool:
        """Only a judge behind a floating name grows old: a frozen one is what it was."""
        judge = self.scorer.judge
        if judge is None or not judge.floating or self.newest is None:
            return False
        return self.newest < timezone.now() - timedelta(days=max_age_days)


def calibrations_of(scorers: Iterable[ScorerVersion]) -> Mapping[int, Calibration]:
    """By scorer version id, for those of them that are judges. Two queries, none without judges. Needs scorer and judge loaded."""
    judges = {one.pk: one for one in scorers if one.judge_id}
    if not judges:
        return {}
    labelled = labelled_by_scorer(judges)
    double = {pk: [one for one in found.values() if one.is_double] for pk, found in labelled.items()}
    wanted = {one.response_id for answers in double.values() for one in answers}
    rows = Score.objects.filter(scorer_version__in=judges, response__in=wanted).order_by()
    opinions = {
        (scorer, response): numerator / denominator
        for scorer, response, numerator, denominator in rows.values_list(
            "scorer_version_id", "response_id", "numerator", "denominator"
        )
        if denominator
    }
    return {pk: _calibration(scorer, double.get(pk, []), opinions) for pk, scorer in judges.items()}


def _calibration(
    scorer: ScorerVersion, answers: Sequence[Labelled], opinions: Mapping[tuple[int, int], float]
) -> Calibration:
    both = [one for one in answers if (scorer.pk, one.response_id) in opinions]
    checked = [Checked(one.run_id, one.key, one.truth, opinions[scorer.pk, one.response_id]) for one in both]
    newest = max((one.newest for one in both if one.newest), default=None)
    return Calibration(scorer, answers, checked, newest)


def ratings_of(answers: Sequence[Labelled]) -> Floats:
    """Raters × answers, NaN where a rater said nothing."""
    raters = sorted({rater for one in answers for rater in one.ratings})
    rows = [[one.ratings.get(rater, np.nan) for one in answers] for rater in raters]
    return np.array(rows, dtype=np.float64).reshape(len(raters), len(answers))


@dataclass(frozen=True)
class Measured:
    """An agreement figure with its range; None where it cannot be told. n: answers it is of."""

    name: str
    value: float | None
    interval: Interval | None
    n: int


@dataclass(frozen=True)
class Agreement:
    """people: between raters. judge: between the judge and what people say in the end."""

    people: Sequence[Measured] = field(default=())
    judge: Sequence[Measured] = field(default=())


def agreement_of(calibration: Calibration) -> Agreement:
    """Alpha and kappa with intervals from a bootstrap over answers with a fixed seed. No query."""
    alpha = partial(krippendorff_alpha, numeric=True)
    pair = _pair(calibration.ratings)
    both = np.array(
        [[one.person for one in calibration.checked], [one.judge for one in calibration.checked]]
    ).reshape(2, len(calibration.checked))
    return Agreement(
        people=[
            _measured("Krippendorff’s alpha", calibration.ratings, alpha),
            _measured("Cohen’s kappa", pair, cohen_kappa),
        ],
        judge=[
            _measured("Krippendorff’s alpha", both, alpha),
            _measured("Cohen’s kappa", both, cohen_kappa),
        ],
    )


def _measured(name: str, ratings: Floats, measure: partial[float | None] | object) -> Measured:
    units = int((~np.isnan(ratings)).sum(axis=0).__ge__(2).sum()) if ratings.size else 0
    if not units or not callable(measure):
        return Measured(name, None, None, 0)
    return Measured(name, measure(ratings), agreement_interval(ratings, measure, SEED, 400), units)


def _pair(ratings: Floats) -> Floats:
    """The two raters who labelled the most answers in common; kappa compares exactly two."""
    shared = [
        (int((~np.isnan(ratings[[a, b]])).all(axis=0).sum()), a, b)
        for a, b in combinations(range(len(ratings)), 2)
    ]
    if not shared:
        return np.empty((2, 0))
    _, a, b = max(shared)
    picked: Floats = ratings[[a, b]]
    return picked
