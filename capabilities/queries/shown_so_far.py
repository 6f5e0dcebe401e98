"""What models have already shown of what a criterion asks: the best of ours, of the rivals and of the simple alternatives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from capabilities.models import Criterion
from capabilities.queries.criterion_words import unit_of_criterion
from capabilities.queries.evidence import runs_of
from evaluations.models import NOT_EVIDENCE, EvaluationVersion, Run, ScorerVersion, Side
from evaluations.queries.vectors import CaseList, cases_of, samples_from, vectors_of
from evaluations.statistics import Estimate, Reach, Samples, estimate, on_side

MODELS_LOOKED_AT = 12
SIDES = {Side.OWN: "Ours", Side.COMPETITOR: "Best rival", Side.SIMPLE: "Simple alternative"}


@dataclass(frozen=True)
class Shown:
    """One model's newest run, read as the criterion reads it. spread: the standard deviation of one case, where it is known."""

    side: str
    version: str
    run: Run
    point: float
    low: float | None
    high: float | None
    n: int
    unit: str
    spread: float | None

    @property
    def side_label(self) -> str:
        return SIDES[Side(self.side)]


@dataclass(frozen=True)
class SoFar:
    """evaluation: whose runs were read. models: everybody's, best first. lower: whether less is better."""

    evaluation: EvaluationVersion | None
    models: Sequence[Shown]
    lower: bool

    @property
    def best(self) -> list[Shown]:
        """The best of each side: ours, the rivals, the simple alternatives."""
        order = list(SIDES)
        sided = sorted(self.models, key=lambda shown: order.index(Side(shown.side)))
        return [next(group) for _, group in groupby(sided, key=lambda shown: shown.side)]

    @property
    def farthest(self) -> float | None:
        """The most optimistic end of all plausible ranges: the highest, or the lowest where less is better."""
        ends = [shown.low if self.lower else shown.high for shown in self.models]
        known = [end for end in ends if end is not None]
        return (min if self.lower else max)(known) if known and len(known) == len(ends) else None


NOTHING = SoFar(None, (), False)


def shown_so_far(
    criterion: Criterion, scorer: ScorerVersion | None, evaluation: EvaluationVersion | None
) -> SoFar:
    """The criterion need not be saved; scorer: the newest version of its check. Without an evaluation nothing is read. Five queries."""
    if scorer is None or evaluation is None:
        return NOTHING
    used = evaluation.scorers.filter(scorer=scorer.scorer_id).first()
    if used is None:
        return NOTHING
    runs = runs_of(evaluation.pk, Run.objects.finished().exclude(origin__in=NOT_EVIDENCE)).latest.values()
    looked = list(runs)[:MODELS_LOOKED_AT]
    lower = used.direction == ScorerVersion.Direction.LOWER and criterion.statistic not in {
        Criterion.Statistic.SHARE,
        Criterion.Statistic.PASS_ALL,
    }
    models = list(_models(criterion, used, evaluation, looked))
    models.sort(key=lambda shown: shown.point, reverse=not lower)
    return SoFar(evaluation, models, lower)


def _models(
    criterion: Criterion, scorer: ScorerVersion, evaluation: EvaluationVersion, runs: Sequence[Run]
) -> Iterable[Shown]:
    if not runs:
        return
    cases, vectors = cases_of(evaluation.dataset_version_id), vectors_of(runs, [scorer])
    reach = Reach.THESE_ITEMS if criterion.reach == Criterion.Reach.THESE else Reach.IN_GENERAL
    for run in runs:
        vector = vectors.get((run.pk, scorer.pk))
        if vector is None:
            continue
        samples = _read(criterion, cases, samples_from(vector, cases, scorer))
        found = estimate(samples, criterion.confidence, reach)
        if found.point is not None and np.isfinite(found.point):
            yield _shown(run, found, unit_of_criterion(criterion, scorer))


def _read(criterion: Criterion, cases: CaseList, samples: Samples) -> Samples:
    if criterion.slice_name:
        samples = samples.select(cases.mask((criterion.slice_name, criterion.slice_value)))
    if criterion.statistic == Criterion.Statistic.SHARE and criterion.limit is not None:
        samples = on_side(samples, criterion.limit)
    if criterion.statistic == Criterion.Statistic.PASS_ALL and criterion.case_keys:
        place = {key: row for row, key in enumerate(samples.items)}
        samples = samples.select([place[key] for key in criterion.case_keys if key in place])
    return samples


def _shown(run: Run, found: Estimate, unit: str) -> Shown:
    low, high = (found.interval.low, found.interval.high) if found.interval else (None, None)
    spread = found.se * float(np.sqrt(found.n)) if found.se and found.n else None
    return Shown(
        side=run.model_version.model.side,
        version=run.model_version.label,
        run=run,
        point=float(found.point or 0.0),
        low=_finite(low),
        high=_finite(high),
        n=found.n,
        unit=unit,
        spread=spread if spread and np.isfinite(spread) else None,
    )


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
