"""One column of a board: every run of an evaluation by one scorer, ranked against the others; kept by the runs it rests on."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
from django.core.cache import caches
from django.db.models import Count, Q, QuerySet

from config.kept import Kept
from evaluations.models import DatasetVersionCase, EvaluationVersion, Run, ScorerVersion
from evaluations.queries.vectors import CaseList, samples_from, vectors_of
from evaluations.statistics import PairTest, Ranking, Samples, estimate, rank_intervals

PLAIN = {ScorerVersion.ValueKind.BINARY, ScorerVersion.ValueKind.BOUNDED, ScorerVersion.ValueKind.UNBOUNDED}
METHOD = "board/1"
# Of dataset versions that were run, whose cases never change.
COUNTS: Kept[int, tuple[int, int]] = Kept(10_000)


@dataclass(frozen=True)
class Place:
    """One run in a column.

    point, low, high: on the cases that every ranked run scored; of an unranked run on its own. n: how many those are. missing: cases
    without a score. best_rank to worst_rank: None for a run that is not ranked; `why` says so: partial, mixed or unscored.
    """

    point: float | None
    low: float | None
    high: float | None
    n: int
    missing: int
    best_rank: int | None = None
    worst_rank: int | None = None
    ahead: int = 0
    tied: int = 0
    behind: int = 0
    why: str = ""

    @property
    def ranked(self) -> bool:
        return self.best_rank is not None

    @property
    def best(self) -> bool:
        """In the group that nobody is shown to be ahead of, and ahead of somebody: a group of all says nothing."""
        return self.best_rank == 1 and self.ahead > 0

    @property
    def level(self) -> bool:
        """Ranked, and not told apart from anybody."""
        return self.ranked and not self.ahead and not self.behind


@dataclass(frozen=True)
class Ranked:
    """places by run id; pairs name run ids as text. n: cases all ranked runs scored; cases: of the dataset version."""

    places: Mapping[int, Place]
    pairs: Sequence[PairTest]
    n: int
    cases: int


@dataclass(frozen=True)
class Wanted:
    """An evaluation version, a scorer of it, and the runs to be ranked, one for each model version."""

    version: EvaluationVersion
    scorer: ScorerVersion
    runs: Sequence[Run]

    @property
    def key(self) -> str:
        """The same runs in the same generations give the same ranks, whoever asks."""
        runs = sorted((run.pk, run.generation, run.mixed_models) for run in self.runs)
        named = f"{METHOD} {self.version.pk} {self.scorer.pk} {runs}"
        return sha256(named.encode()).hexdigest()


def ranked_columns(wanted: Sequence[Wanted]) -> list[Ranked]:
    """Each column with its ranks, in the order given. No query for what this process has worked out before, else one to three a column.

    Columns are worked out one after the other, so that only the scores of one are in memory.
    """
    cache = caches["boards"]
    keys = [one.key for one in wanted]
    known = cache.get_many(keys)
    found: dict[str, Ranked] = {}
    for key, one in zip(keys, wanted, strict=True):
        if key not in known and key not in found:
            found[key] = rank_column(one)
            cache.set(key, found[key])
    return [known[key] if key in known else found[key] for key in keys]


def rank_column(wanted: Wanted) -> Ranked:
    """The ranks of one column from the packed scores.

    One query, one more where cases count together, and the first time in this process one for how many there are.
    """
    cases = _sources_of(wanted.version.dataset_version_id)
    plain = wanted.scorer.value_kind in PLAIN
    vectors = vectors_of(wanted.runs, [wanted.scorer], plain=plain)
    samples = {
        run.pk: samples_from(vectors[run.pk, wanted.scorer.pk], cases, wanted.scorer)
        for run in wanted.runs
        if (run.pk, wanted.scorer.pk) in vectors
    }
    mixed = {run.pk for run in wanted.runs if run.mixed_models}
    # One that stopped early would take cases away from all the others.
    stopped = {run.pk for run in wanted.runs if run.stopped_early}
    contest = {str(pk): one for pk, one in samples.items() if pk not in mixed | stopped}
    ranking = rank_intervals(contest, sure=True)
    places = {run.pk: _unscored(cases) for run in wanted.runs}
    places |= _standings(ranking, contest)
    left = [pk for pk in samples if not places[pk].ranked]
    why = dict.fromkeys(stopped, "stopped") | dict.fromkeys(mixed, "mixed")
    places |= {pk: _place(samples[pk], why.get(pk, "partial")) for pk in left}
    return Ranked(places, ranking.pairs, ranking.n, len(cases.keys))


def _sources_of(dataset_version: int) -> CaseList:
    """The cases by their numbers, with what they count together by; keys and slices of many thousands would only be carried along."""
    rows = DatasetVersionCase.objects.filter(version=dataset_version)
    cases, grouped = _counts_of(dataset_version, rows)
    keys = tuple(map(str, range(cases)))
    clusters = None
    if grouped:
        names = rows.order_by("position").values_list("case__cluster", flat=True)
        clusters = tuple(
            [f"group {name}" if name else f"case {key}" for key, name in zip(keys, names, strict=True)]
        )
    return CaseList(keys, keys, clusters, ())


def _counts_of(dataset_version: int, rows: QuerySet[DatasetVersionCase]) -> tuple[int, int]:
    """How many cases there are, and how many of them count together with others: most datasets have none, and then no names are read."""

    def counted(_: Sequence[int]) -> dict[int, tuple[int, int]]:
        told = rows.aggregate(cases=Count("pk"), grouped=Count("pk", filter=~Q(case__cluster="")))
        return {dataset_version: (told["cases"], told["grouped"])}

    return COUNTS.read({dataset_version: dataset_version}, counted)[dataset_version]


def _unscored(cases: CaseList) -> Place:
    return Place(None, None, None, 0, len(cases.keys), why="unscored")


def _place(samples: Samples, why: str) -> Place:
    found = estimate(samples)
    interval = found.interval
    return Place(
        point=_finite(found.point),
        low=_finite(interval.low) if interval else None,
        high=_finite(interval.high) if interval else None,
        n=found.n,
        missing=samples.missing,
        why=why if found.n else "unscored",
    )


def _standings(ranking: Ranking, contest: Mapping[str, Samples]) -> Iterable[tuple[int, Place]]:
    names = [standing.name for standing in ranking.standings]
    on_common = _on_common({name: contest[name] for name in names})
    for standing in ranking.standings:
        samples = contest[standing.name]
        seen = _place(on_common[standing.name], "")
        yield (
            int(standing.name),
            replace(
                seen,
                missing=samples.missing,
                best_rank=standing.best_rank,
                worst_rank=standing.worst_rank,
                ahead=standing.ahead,
                tied=standing.tied,
                behind=standing.behind,
            ),
        )


def _on_common(runs: Mapping[str, Samples]) -> dict[str, Samples]:
    """All of them on the cases every one scored; what is the same for all is picked once."""
    if not runs:
        return {}
    keep = np.logical_and.reduce([run.present.any(axis=1) for run in runs.values()])
    if keep.all():
        return dict(runs)
    rows = np.flatnonzero(keep)
    first = next(iter(runs.values())).select(rows)
    return {
        name: replace(
            run,
            items=first.items,
            clusters=first.clusters,
            numerators=run.numerators[rows],
            denominators=run.denominators[rows],
            labelled=None if run.labelled is None else run.labelled.select(rows),
        )
        for name, run in runs.items()
    }


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
