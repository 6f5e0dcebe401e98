"""Whether a model version goes on scoring as it did by an evaluation: its runs in order, as control charts take them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from evaluations.models import (
    NOT_EVIDENCE,
    DriftLook,
    EvaluationScorer,
    EvaluationVersion,
    ModelEvent,
    ModelVersion,
    Run,
    ScorerVersion,
)
from evaluations.models.runs import RunQuerySet
from evaluations.models.scorers import MEASURED
from evaluations.queries.estimates import ScoreLine, scores_of
from evaluations.queries.scores import shown_unit
from evaluations.statistics import Charted, ControlChart, Rule, control_chart

FIRST, NEWEST = 24, 96
MOST_MISSING = Rule().max_missing_share
CHANGES = (ModelEvent.Kind.RESOLVED, ModelEvent.Kind.FINGERPRINT)


@dataclass(frozen=True)
class Course:
    """Runs of one model version by one evaluation version that can be set beside each other, in the order they ended.

    since: the change before which runs are no reference any more; series: those charted since then; earlier: the newest from before;
    confirming: ordered after an alarm, and therefore beside the chart. left_out: how many of the series are neither among the first nor
    the newest, and not read. events, looks: oldest first. watched: scorers in the evaluation's order; others: those of times and costs.
    """

    series: Sequence[Run]
    earlier: Sequence[Run]
    confirming: Sequence[Run]
    left_out: int
    since: ModelEvent | None
    events: Sequence[ModelEvent]
    looks: Sequence[DriftLook]
    watched: Sequence[ScorerVersion]
    others: Sequence[ScorerVersion]


@dataclass(frozen=True)
class Shown:
    """A run of a course by one scorer. place: where it stands on the chart, None beside it. looks: that it called for or answers."""

    run: Run
    line: ScoreLine | None
    place: Charted | None
    looks: Sequence[DriftLook]
    event: ModelEvent | None = None
    confirming: bool = False

    @property
    def at(self) -> datetime:
        return ended(self.run)


@dataclass(frozen=True)
class Steadiness:
    """One scorer's chart. shown: every run of the course in order; unit: as the words of the pages take it."""

    scorer: ScorerVersion
    unit: str
    chart: ControlChart
    shown: Sequence[Shown]
    course: Course

    @property
    def looks(self) -> list[DriftLook]:
        """Of this scorer, oldest first."""
        return [look for look in self.course.looks if look.scorer_version_id == self.scorer.pk]

    @property
    def reference(self) -> list[int]:
        """Ids of the runs that are in control since the last change."""
        pairs = zip(self.course.series, self.chart.places, strict=True)
        return [run.pk for run, place in pairs if place.reference]

    def place_of(self, run: Run) -> Charted | None:
        """None for a run beside the chart."""
        return next((one.place for one in self.shown if one.run.pk == run.pk), None)


def ended(run: Run) -> datetime:
    return run.finished_at or run.created_at


def comparable_runs(
    model_version: ModelVersion | int, evaluation_version: EvaluationVersion | int
) -> RunQuerySet:
    """Finished runs with answers of their own, all by one model, not from the lab and not contaminated, in the order they ended."""
    runs = Run.objects.finished().filter(
        Q(canary_seen__isnull=True) | Q(canary_seen__answers=0),
        model_version=model_version,
        evaluation_version=evaluation_version,
        mixed_models=False,
        reused=0,
        scored_from=None,
    )
    runs = runs.exclude(origin__in=NOT_EVIDENCE).select_related("evaluation_version")
    return runs.order_by(Coalesce("finished_at", "created_at"), "pk")


def course_of(model_version: ModelVersion | int, evaluation_version: EvaluationVersion | int) -> Course:
    """Six queries, two more where many runs are left out; a hundred and twenty of the series are read at most."""
    found = DriftLook.objects.filter(model_version=model_version, evaluation_version=evaluation_version)
    looks = list(found.select_related("confirming_run", "event").order_by("pk"))
    events = changes_of(model_version, evaluation_version)
    since = events[-1] if events else None
    beside = {look.confirming_run_id for look in looks} - {None, since.run_id if since else None}
    runs = comparable_runs(model_version, evaluation_version)
    charted = runs.exclude(pk__in=beside)
    later = Q(pk=since.run_id) | Q(started_at__gte=since.at) if since else Q()
    series, left_out = _picked(charted.filter(later))
    rows = EvaluationScorer.objects.filter(evaluation_version=evaluation_version).order_by("position")
    scorers = [row.scorer_version for row in rows.select_related("scorer_version__scorer")]
    return Course(
        series=series,
        earlier=list(charted.exclude(later).reverse()[:NEWEST])[::-1] if since else [],
        confirming=list(runs.filter(pk__in=beside).reverse()[:NEWEST])[::-1],
        left_out=left_out,
        since=since,
        events=events,
        looks=looks,
        watched=[one for one in scorers if one.kind not in MEASURED],
        others=[one for one in scorers if one.kind in MEASURED],
    )


def changes_of(
    model_version: ModelVersion | int, evaluation_version: EvaluationVersion | int
) -> list[ModelEvent]:
    """Changes after which a reference begins anew, oldest first; a drift only where it was seen. One query."""
    seen_here = Q(kind=ModelEvent.Kind.DRIFTED, run__evaluation_version=evaluation_version)
    events = ModelEvent.objects.filter(Q(kind__in=CHANGES) | seen_here, model_version=model_version)
    return list(events.order_by("pk"))


def _picked(series: RunQuerySet) -> tuple[list[Run], int]:
    """All, or the first and the newest of very many, and how many are left out."""
    runs = list(series[: FIRST + NEWEST + 1])
    if len(runs) <= FIRST + NEWEST:
        return runs, 0
    newest = list(series.reverse()[:NEWEST])[::-1]
    return [*runs[:FIRST], *newest], series.count() - FIRST - NEWEST


def steadiness_of(course: Course, scorers: Sequence[ScorerVersion]) -> list[Steadiness]:
    """The charts of some of its scorers. Four queries, one without runs."""
    runs = sorted([*course.earlier, *course.series, *course.confirming], key=lambda run: (ended(run), run.pk))
    scores = scores_of(runs)
    lines = {(pk, line.scorer.pk): line for pk, found in scores.items() for line in found}
    return [_steadiness(course, scorer, runs, lines) for scorer in scorers]


def _steadiness(
    course: Course, scorer: ScorerVersion, runs: Sequence[Run], lines: Mapping[tuple[int, int], ScoreLine]
) -> Steadiness:
    looks = [look for look in course.looks if look.scorer_version_id == scorer.pk]
    settled = {look.alarm_run_id for look in looks if look.state == DriftLook.State.NOT_CONFIRMED}

    def charted(stretch: Sequence[Run]) -> ControlChart:
        restarts = [place for place, run in enumerate(stretch) if run.pk in settled]
        return control_chart([_mean(lines.get((run.pk, scorer.pk))) for run in stretch], restarts)

    chart = charted(course.series)
    places: dict[int, Charted] = {}
    for stretch in _before(course):
        places |= zip([run.pk for run in stretch], charted(stretch).places, strict=True)
    places |= zip([run.pk for run in course.series], chart.places, strict=True)
    confirming, events = {run.pk for run in course.confirming}, _told_at(course, runs)
    shown = [
        Shown(
            run=run,
            line=lines.get((run.pk, scorer.pk)),
            place=places.get(run.pk),
            looks=[look for look in looks if run.pk in (look.alarm_run_id, look.confirming_run_id)],
            event=events.get(run.pk),
            confirming=run.pk in confirming,
        )
        for run in runs
    ]
    unit = shown_unit(runs[-1], scorer) if runs else scorer.unit
    return Steadiness(scorer, unit, chart, shown, course)


def _before(course: Course) -> list[list[Run]]:
    """Runs between one change and the next, as they were charted then; without the first where it may not be whole."""
    begins = _told_at(course, course.earlier)
    stretches: list[list[Run]] = [[]]
    for run in course.earlier:
        if run.pk in begins:
            stretches.append([])
        stretches[-1].append(run)
    return stretches[1:] if len(course.earlier) == NEWEST else stretches


def _mean(line: ScoreLine | None) -> float | None:
    """None for a run that lacks too many samples to be read by this scorer, or that stopped before it had asked them all."""
    if (
        line is None
        or line.point is None
        or line.run.stopped_early
        or line.missing > MOST_MISSING * line.run.total
    ):
        return None
    return line.point


def _told_at(course: Course, runs: Sequence[Run]) -> dict[int, ModelEvent]:
    """The newest change by the first run after it."""
    found: dict[int, ModelEvent] = {}
    for event in course.events:
        first = next(
            (run for run in runs if run.pk == event.run_id or (run.started_at or run.created_at) >= event.at),
            None,
        )
        if first is not None:
            found[first.pk] = event
    return found


@dataclass(frozen=True)
class Measured:
    """An evaluation version that a model version has finished runs of, and how many."""

    evaluation_version: EvaluationVersion
    runs: int


def measured_by(model_version: ModelVersion) -> list[Measured]:
    """Evaluation versions by how often this version ran them, the most first. Two queries."""
    runs = Run.objects.finished().exclude(origin__in=NOT_EVIDENCE).filter(model_version=model_version)
    counts = dict(runs.order_by().values_list("evaluation_version").annotate(count=Count("pk")))
    versions = EvaluationVersion.objects.select_related("evaluation", "dataset_version__dataset").in_bulk(
        counts
    )
    found = [Measured(version, counts[pk]) for pk, version in versions.items()]
    return sorted(
        found,
        key=lambda one: (-one.runs, one.evaluation_version.evaluation.name, -one.evaluation_version.number),
    )
