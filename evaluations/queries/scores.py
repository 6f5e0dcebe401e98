"""What a run's scores say: a line for each scorer with its plausible range, and one for each slice of the cases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import F, OuterRef, Subquery

from evaluations.models import EvaluationScorer, Run, RunAggregate, RunVector, ScorerVersion
from evaluations.queries.figures import estimate_of
from evaluations.queries.unscored import Lacking, lacking_by_scorer
from evaluations.queries.vectors import CaseList, cases_of, figure_of, samples_from, vectors_of
from evaluations.statistics import Kind, Samples

MOST_SLICES = 60
PLAIN = " "


@dataclass(frozen=True)
class ScoreLine:
    """A scorer's value on all cases of a run (name "") or on a slice of them (name "lang=de").

    point, low, high: in the scorer's unit, None where there is nothing to say. counts: the run's sums.
    """

    name: str
    n: int
    point: float | None
    low: float | None
    high: float | None
    counts: RunAggregate

    @property
    def failed(self) -> int:
        """Samples with a score that does not reach the pass mark."""
        return self.counts.scored - self.counts.passed


@dataclass(frozen=True)
class ScorerLines:
    """One scorer: the whole run first, then its largest slices by name. unit: as the words of the pages take it.

    samples: of a scorer of labels, to draw them. lacking: answers it could not judge, None where there are none.
    """

    scorer: ScorerVersion
    unit: str
    whole: ScoreLine
    slices: Sequence[ScoreLine]
    samples: Samples | None = None
    lacking: Lacking | None = None


def scorers_of(run: Run) -> list[ScorerVersion]:
    """The scorers of a run's evaluation in their order, the main one first. One query."""
    rows = EvaluationScorer.objects.filter(evaluation_version=run.evaluation_version_id)
    return [row.scorer_version for row in rows.select_related("scorer_version__scorer")]


def shared_scorers(runs: Sequence[Run]) -> list[ScorerVersion]:
    """The first run's scorers that another one has too, in any version, in their order. One query."""
    versions = {run.evaluation_version_id for run in runs}
    rows = EvaluationScorer.objects.filter(evaluation_version__in=versions)
    scorers: dict[int, list[ScorerVersion]] = {}
    for row in rows.select_related("scorer_version__scorer"):
        scorers.setdefault(row.evaluation_version_id, []).append(row.scorer_version)
    first, *others = (scorers.get(run.evaluation_version_id, []) for run in runs)
    shared = {one.scorer_id for theirs in others for one in theirs}
    return [one for one in first if one.scorer_id in shared]


def shown_unit(run: Run, scorer: ScorerVersion) -> str:
    """The scorer's unit as the words of the pages take it: money by its currency, plain numbers without a word."""
    return {"currency": run.currency, "number": PLAIN}.get(scorer.unit, scorer.unit)


def scorer_lines(run: Run) -> list[ScorerLines]:
    """Every scorer of a finished run; empty before it is finished. Five queries."""
    scorers = scorers_of(run)
    vectors = vectors_of([run], scorers)
    cases = cases_of(run.evaluation_version.dataset_version_id)
    sums: dict[int, list[RunAggregate]] = {}
    for row in RunAggregate.objects.filter(run=run, generation=run.generation).order_by("slice", "value"):
        sums.setdefault(row.scorer_version_id, []).append(row)
    lacking = lacking_by_scorer(run)
    lines = [
        _lines(run, scorer, samples_from(vectors[run.pk, scorer.pk], cases, scorer), cases, sums[scorer.pk])
        for scorer in scorers
        if (run.pk, scorer.pk) in vectors and scorer.pk in sums
    ]
    return [replace(line, lacking=lacking.get(line.scorer.pk)) for line in lines]


def _lines(
    run: Run, scorer: ScorerVersion, samples: Samples, cases: CaseList, sums: Sequence[RunAggregate]
) -> ScorerLines:
    whole, *slices = sums
    largest = sorted(slices, key=lambda row: -row.items)[:MOST_SLICES]
    masks = {(name[:80], value[:120]): mask for (name, value), mask in cases.slices.items()}
    return ScorerLines(
        scorer=scorer,
        unit=shown_unit(run, scorer),
        whole=_line("", samples, whole),
        slices=[
            _line(f"{row.slice}={row.value}", samples.select(masks[row.slice, row.value]), row)
            for row in slices
            if row in largest and (row.slice, row.value) in masks
        ],
        samples=samples if samples.labelled is not None else None,
    )


def run_samples(run: Run, slug: str) -> Samples | None:
    """A run's scores by the scorer of this slug; None where it has none. Three queries. Needs its evaluation version loaded."""
    scorer = next((one for one in scorers_of(run) if one.scorer.slug == slug), None)
    vector = vectors_of([run], [scorer]).get((run.pk, scorer.pk)) if scorer else None
    if scorer is None or vector is None:
        return None
    return samples_from(vector, cases_of(run.evaluation_version.dataset_version_id), scorer)


def _line(name: str, samples: Samples, counts: RunAggregate) -> ScoreLine:
    found = estimate_of(counts, samples)
    interval = found.interval
    return ScoreLine(
        name=name,
        n=found.n,
        point=found.point,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        counts=counts,
    )


@dataclass(frozen=True)
class Headline:
    """The main scorer's value of a run, for lists. value: None where there is none."""

    slug: str
    value: float | None
    scored: int
    unit: str


def headlines(runs: Iterable[Run]) -> dict[int, Headline]:
    """The main scorer's value of each finished run, by run id. One query, two with figures over all samples that were not kept."""
    known = {run.pk: run for run in runs}
    position = EvaluationScorer.objects.filter(
        evaluation_version=OuterRef("run__evaluation_version"), scorer_version=OuterRef("scorer_version")
    ).values("position")[:1]
    rows = (
        RunAggregate.objects.filter(run__in=known, slice="", generation=F("run__generation"))
        .annotate(position=Subquery(position))
        .select_related("scorer_version__scorer")
        .order_by("run", "-position")
    )
    # The last one of each run, which is the main scorer's, stays.
    main = {row.run_id: row for row in rows}
    figures = _figures(
        [row for row in main.values() if row.scorer_version.value_kind == Kind.SET and not row.figure]
    )
    return {pk: _headline(known[pk], row, figures) for pk, row in main.items()}


def _figures(rows: Sequence[RunAggregate]) -> dict[int, float | None]:
    """The figures over all samples of these runs by run id, without their ranges. One query; none without rows."""
    if not rows:
        return {}
    scorers = {row.scorer_version_id: row.scorer_version for row in rows}
    wanted = RunVector.objects.filter(
        run__in=[row.run_id for row in rows], scorer_version__in=scorers, generation=F("run__generation")
    )
    return {vector.run_id: figure_of(vector, scorers[vector.scorer_version_id]) for vector in wanted}


def _headline(run: Run, row: RunAggregate, figures: Mapping[int, float | None]) -> Headline:
    value = row.numerator / row.denominator if row.scored and row.denominator else None
    if row.scorer_version.value_kind == Kind.SET:
        value = row.figure["point"] if row.figure else figures.get(run.pk)
    scorer = row.scorer_version
    return Headline(scorer.scorer.slug, value, row.scored, shown_unit(run, scorer))
