"""A finished run's scores as packed arrays and sums: derived from Score, rebuildable at any time."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from evaluations.models import (
    Case,
    DatasetVersionCase,
    Response,
    Run,
    RunAggregate,
    RunVector,
    Score,
    ScorerVersion,
    WorkItem,
)
from evaluations.queries.figures import packed
from evaluations.queries.vectors import cases_of, samples_from
from evaluations.scorers import wanted_label
from evaluations.services.scoring import MAX_LABEL, case_view, storable
from evaluations.statistics import estimate

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
SLACK = 1e-12
MOST_SLICES = 60


@dataclass
class Grid:
    """Where each case stands (dataset order) and which rows belong to each slice. Arrays are items × repeats.

    asked: of a run that needs no more than some of its cases, or that is still at it, which rows; None: all.
    """

    order_hash: str
    repeats: int
    rows: dict[int, int]
    slices: dict[tuple[str, str], list[int]]
    asked: Flags | None = None
    truncated: Flags = field(init=False)
    errored: Flags = field(init=False)

    def __post_init__(self) -> None:
        self.truncated = self.flags()
        self.errored = self.flags()

    @property
    def shape(self) -> tuple[int, int]:
        return (len(self.rows), self.repeats)

    def flags(self) -> Flags:
        return np.zeros(self.shape, dtype=np.bool_)


@dataclass
class Labels:
    """What one scorer read for a figure over all samples, on a grid: labels by place, −1 for none, and probabilities."""

    wanted: NDArray[np.int32]
    said: NDArray[np.int32]
    probabilities: Floats
    places: dict[str, int] = field(default_factory=dict)

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> "Labels":
        none = np.full(shape, -1, dtype=np.int32)
        return cls(none, none.copy(), np.full(shape, np.nan))

    def place(self, label: str) -> int:
        return self.places.setdefault(label, len(self.places)) if label else -1

    def packed(self) -> bytes:
        codes = self.wanted.astype("<i4").tobytes() + self.said.astype("<i4").tobytes()
        return codes + self.probabilities.astype("<f8").tobytes()


@dataclass
class Scores:
    """One scorer's values on a grid; NaN in numerators = no score."""

    numerators: Floats
    denominators: Floats
    unparsed: Flags
    labels: Labels | None = None

    @property
    def present(self) -> Flags:
        return ~np.isnan(self.numerators)


@transaction.atomic
def write_vectors(run: Run) -> None:
    """Write RunVector and RunAggregate of the run's generation. Six queries, and at most three for each figure over all samples.

    One more for a run that stopped early. Rows of the same generation are replaced, so it may be called again.
    """
    scorers = list(ScorerVersion.objects.filter(evaluation_versions=run.evaluation_version_id))
    grid, values = _read(run, scorers, _asked_by(run))
    RunVector.objects.filter(run=run, generation=run.generation).delete()
    RunAggregate.objects.filter(run=run, generation=run.generation).delete()
    vectors = {scorer.pk: _vector(run, scorer, grid, values[scorer.pk]) for scorer in scorers}
    RunVector.objects.bulk_create(vectors.values())
    rows = [row for scorer in scorers for row in _aggregates(run, scorer, grid, values[scorer.pk])]
    _keep_figures(run, scorers, vectors, rows)
    RunAggregate.objects.bulk_create(rows, batch_size=2_000)


def vectors_so_far(run: Run) -> list[RunVector]:
    """What write_vectors would write did the run stop at this look, unsaved: the cases before it, by every scorer. Five queries."""
    run = copy(run)
    run.looks += 1
    scorers = list(ScorerVersion.objects.filter(evaluation_versions=run.evaluation_version_id))
    items = run.items.filter(pk__lte=run.look_to) if run.look_to is not None else run.items.all()
    grid, values = _read(run, scorers, set(items.values_list("case_id", flat=True)))
    return [_vector(run, scorer, grid, values[scorer.pk]) for scorer in scorers]


def _asked_by(run: Run) -> set[int] | None:
    """The cases that a run asked which stopped early; None for every other. One query for such a run."""
    if not run.stopped_early:
        return None
    items = run.items.exclude(state=WorkItem.State.NOT_NEEDED)
    return set(items.values_list("case_id", flat=True))


def _read(
    run: Run, scorers: Sequence[ScorerVersion], asked: set[int] | None
) -> tuple[Grid, Mapping[int, Scores]]:
    grid = _grid(run, asked)
    _mark_responses(run, grid)
    values = _scores(run, grid, [scorer.pk for scorer in scorers])
    for scorer in scorers:
        if scorer.value_kind == ScorerVersion.ValueKind.SET:
            values[scorer.pk].labels = _labels(run, grid, scorer)
    return grid, values


def keep_lacking_figures(run: Run) -> None:
    """Work out the figures of a run that ended before figures were kept. One query; a few and some seconds the first time only."""
    rows = RunAggregate.objects.filter(run=run, generation=run.generation)
    lacking = rows.filter(
        slice="", figure__isnull=True, scorer_version__value_kind=ScorerVersion.ValueKind.SET
    )
    wanted = set(lacking.values_list("scorer_version", flat=True))
    if not wanted:
        return
    vectors = RunVector.objects.filter(run=run, generation=run.generation, scorer_version__in=wanted)
    scorers = list(ScorerVersion.objects.filter(pk__in=wanted))
    found = list(rows.filter(scorer_version__in=wanted).order_by("slice", "value"))
    _keep_figures(run, scorers, {one.scorer_version_id: one for one in vectors}, found)
    RunAggregate.objects.bulk_update([row for row in found if row.figure], ["figure"])


def _keep_figures(
    run: Run,
    scorers: Sequence[ScorerVersion],
    vectors: Mapping[int, RunVector],
    rows: Sequence[RunAggregate],
) -> None:
    """Work out figures over all samples, of the run and of the slices its page shows. One query, none without such a scorer."""
    sets = [scorer for scorer in scorers if scorer.value_kind == ScorerVersion.ValueKind.SET]
    if not sets:
        return
    cases = cases_of(run.evaluation_version.dataset_version_id)
    for scorer in sets:
        samples = samples_from(vectors[scorer.pk], cases, scorer)
        masks = {(name[:80], value[:120]): mask for (name, value), mask in cases.slices.items()}
        whole, *slices = [row for row in rows if row.scorer_version_id == scorer.pk]
        whole.figure = packed(estimate(samples))
        for row in sorted(slices, key=lambda one: -one.items)[:MOST_SLICES]:
            row.figure = packed(estimate(samples.select(masks[row.slice, row.value])))


def _grid(run: Run, asked: set[int] | None) -> Grid:
    version = run.evaluation_version.dataset_version
    rows: dict[int, int] = {}
    slices: dict[tuple[str, str], list[int]] = {}
    entries = DatasetVersionCase.objects.filter(version=version).order_by("position")
    for row, (case_id, named) in enumerate(entries.values_list("case_id", "case__slices")):
        rows[case_id] = row
        for name, value in named.items():
            slices.setdefault((str(name)[:80], str(value)[:120]), []).append(row)
    flags = None if asked is None else np.array([case_id in asked for case_id in rows], dtype=np.bool_)
    return Grid(version.hash, run.evaluation_version.repeats, rows, slices, flags)


def _mark_responses(run: Run, grid: Grid) -> None:
    marked = Response.objects.filter(run=run).exclude(truncated=False, error_class="")
    for case_id, repeat, truncated, error_class in marked.values_list(
        "case_id", "repeat", "truncated", "error_class"
    ):
        place = (grid.rows[case_id], repeat - 1)
        grid.truncated[place] = truncated
        grid.errored[place] = bool(error_class)


def _scores(run: Run, grid: Grid, scorer_ids: Sequence[int]) -> Mapping[int, Scores]:
    values = {
        scorer_id: Scores(np.full(grid.shape, np.nan), np.full(grid.shape, np.nan), grid.flags())
        for scorer_id in scorer_ids
    }
    rows = Score.objects.filter(response__run=run, scorer_version__in=scorer_ids).order_by()
    for case_id, repeat, scorer_id, numerator, denominator, parsed in rows.values_list(
        "response__case_id", "response__repeat", "scorer_version_id", "numerator", "denominator", "parsed"
    ):
        place = (grid.rows[case_id], repeat - 1)
        scores = values[scorer_id]
        scores.numerators[place] = numerator
        scores.denominators[place] = denominator
        scores.unparsed[place] = not parsed
    return values


def _labels(run: Run, grid: Grid, scorer: ScorerVersion) -> Labels:
    """Two queries; one where every case has an answer. A case without one still has the label it wants."""
    labels = Labels.empty(grid.shape)
    rows = Score.objects.filter(response__run=run, scorer_version=scorer).order_by("response_id")
    for case_id, repeat, wanted, said, probability in rows.values_list(
        "response__case_id", "response__repeat", "expected", "label", "probability"
    ):
        row = grid.rows[case_id]
        labels.wanted[row] = labels.place(wanted)
        labels.said[row, repeat - 1] = labels.place(said)
        if probability is not None:
            labels.probabilities[row, repeat - 1] = probability
    absent = [case_id for case_id, row in grid.rows.items() if labels.wanted[row, 0] < 0]
    for case in Case.objects.filter(pk__in=absent).select_related("content") if absent else ():
        wanted = wanted_label(scorer.kind, case_view(case), scorer.config)
        labels.wanted[grid.rows[case.pk]] = labels.place(storable(wanted)[:MAX_LABEL])
    return labels


def _vector(run: Run, scorer: ScorerVersion, grid: Grid, scores: Scores) -> RunVector:
    return RunVector(
        run=run,
        scorer_version=scorer,
        generation=run.generation,
        order_hash=grid.order_hash,
        items=grid.shape[0],
        repeats=grid.repeats,
        numerators=scores.numerators.astype("<f8").tobytes(),
        denominators=scores.denominators.astype("<f8").tobytes(),
        presence=np.packbits(scores.present).tobytes(),
        labels=list(scores.labels.places) if scores.labels else [],
        classes=scores.labels.packed() if scores.labels else None,
        asked=None if grid.asked is None else np.packbits(grid.asked).tobytes(),
        looks=run.looks,
    )


def passed(scorer: ScorerVersion, numerators: Floats, denominators: Floats) -> Flags:
    """Which samples reach the scorer's pass mark; equality has a slack of 1e-12.

    A sample without a score does not. Where nothing was counted (0 of 0), nothing is wrong.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        values = numerators / denominators
    if scorer.direction == ScorerVersion.Direction.HIGHER:
        reached = values >= scorer.pass_mark - SLACK
    else:
        reached = values <= scorer.pass_mark + SLACK
    return np.asarray(reached | ((numerators == 0) & (denominators == 0)))


def _aggregates(run: Run, scorer: ScorerVersion, grid: Grid, scores: Scores) -> Iterator[RunAggregate]:
    good = passed(scorer, scores.numerators, scores.denominators)
    everything: Sequence[int] = range(grid.shape[0])
    for (name, value), rows in {("", ""): everything, **grid.slices}.items():
        picked = np.fromiter(rows, dtype=np.intp)
        if grid.asked is not None:
            picked = picked[grid.asked[picked]]
        yield RunAggregate(
            run=run,
            scorer_version=scorer,
            generation=run.generation,
            slice=name,
            value=value,
            items=len(picked),
            **_sums(grid, scores, good, picked),
        )


def _sums(grid: Grid, scores: Scores, good: Flags, rows: NDArray[np.intp]) -> dict[str, Any]:
    present, right = scores.present[rows], good[rows]
    return {
        "scored": int(present.sum()),
        "missing": int(present.size - present.sum()),
        "numerator": float(np.nansum(scores.numerators[rows])),
        "denominator": float(np.nansum(scores.denominators[rows])),
        "passed": int(right.sum()),
        "flaky": int((right.any(axis=1) & (present & ~right).any(axis=1)).sum()),
        "unparsed": int(scores.unparsed[rows].sum()),
        "truncated": int(grid.truncated[rows].sum()),
        "errored": int(grid.errored[rows].sum()),
    }
