"""How often a version is right every time: the share of cases whose tries all pass, by the main scorer of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from config.kept import Kept
from evaluations.models import EvaluationScorer, Run, ScorerVersion
from evaluations.queries.vectors import cases_of, cases_of_each, samples_from, vectors_of
from evaluations.statistics import Kind, Samples, estimate

MOST_KEPT = 5_000
TELLING = (ScorerVersion.ValueKind.BINARY, ScorerVersion.ValueKind.BOUNDED)


@dataclass(frozen=True)
class EveryTime:
    """Right every time in `tries` tries, with the 95 % range. flaky: the share of cases right in some tries only.

    scorer: its name; slug: what addresses call it.
    """

    slug: str
    scorer: str
    tries: int
    n: int
    point: float | None
    low: float | None
    high: float | None
    flaky: float | None


# By run, generation and scorer version, whose scores never change; None where the run was not scored by it.
_KNOWN: Kept[tuple[int, int, int], EveryTime | None] = Kept(MOST_KEPT)


def every_time_of(runs: Sequence[Run]) -> dict[int, EveryTime]:
    """By run id, of finished ones with more than one try and a scorer that tells right from wrong (evaluation_version loaded).

    One query, none without such runs; two more where this process has not read one of them in its generation.
    """
    several = [run for run in runs if run.evaluation_version.repeats > 1]
    main = _main_scorers(several)
    asked = {
        (run.pk, run.generation, main[run.evaluation_version_id].pk): run
        for run in several
        if run.evaluation_version_id in main
    }
    known = _KNOWN.read(asked, lambda new: _read(new, main))
    return {run: every for (run, _, _), every in known.items() if every is not None}


def _read(
    runs: Sequence[Run], main: Mapping[int, ScorerVersion]
) -> dict[tuple[int, int, int], EveryTime | None]:
    vectors = vectors_of(runs, {scorer.pk for scorer in main.values()})
    cases = cases_of_each({run.evaluation_version.dataset_version_id for run in runs})
    found: dict[tuple[int, int, int], EveryTime | None] = {}
    for run in runs:
        scorer = main[run.evaluation_version_id]
        vector = vectors.get((run.pk, scorer.pk))
        listed = cases[run.evaluation_version.dataset_version_id]
        found[run.pk, run.generation, scorer.pk] = (
            _every_time(samples_from(vector, listed, scorer), scorer) if vector else None
        )
    return found


def every_time_by_scorer(run: Run) -> list[EveryTime]:
    """Of a finished run with more than one try, by each of its scorers that tells right from wrong. At most three queries."""
    if run.evaluation_version.repeats < 2:
        return []
    scorers = [
        row.scorer_version
        for row in EvaluationScorer.objects.filter(
            evaluation_version=run.evaluation_version_id, scorer_version__value_kind__in=TELLING
        ).select_related("scorer_version__scorer")
    ]
    vectors = vectors_of([run], scorers)
    if not vectors:
        return []
    cases = cases_of(run.evaluation_version.dataset_version_id)
    return [
        _every_time(samples_from(vectors[run.pk, scorer.pk], cases, scorer), scorer)
        for scorer in scorers
        if (run.pk, scorer.pk) in vectors
    ]


def _main_scorers(runs: Sequence[Run]) -> dict[int, ScorerVersion]:
    """The first scorer of each evaluation version that has a pass mark in its own unit."""
    rows = EvaluationScorer.objects.filter(evaluation_version__in={run.evaluation_version_id for run in runs})
    found: dict[int, ScorerVersion] = {}
    for row in rows.select_related("scorer_version__scorer"):
        if row.scorer_version.value_kind in TELLING:
            found.setdefault(row.evaluation_version_id, row.scorer_version)
    return found


def _every_time(samples: Samples, scorer: ScorerVersion) -> EveryTime:
    """A case with a failure is not right every time; one that passed where it was tried and lacks tries says nothing."""
    present = samples.present
    with np.errstate(divide="ignore", invalid="ignore"):
        values = samples.numerators / samples.denominators
    mark = scorer.pass_mark
    passed = present & (values >= mark - 1e-12 if samples.higher_is_better else values <= mark + 1e-12)
    failed = (present & ~passed).any(axis=1)
    whole = present.all(axis=1)
    right = np.where(failed, 0.0, np.where(whole, 1.0, np.nan))
    single = replace(
        samples,
        numerators=right[:, None],
        denominators=np.ones((len(right), 1)),
        kind=Kind.BINARY,
        bounds=(0.0, 1.0),
        higher_is_better=True,
    )
    seen = estimate(single)
    known = int((~np.isnan(right)).sum())
    some = int((failed & passed.any(axis=1)).sum())
    return EveryTime(
        slug=scorer.scorer.slug,
        scorer=scorer.scorer.name,
        tries=samples.repeats,
        n=seen.n,
        point=seen.point,
        low=seen.interval.low if seen.interval else None,
        high=seen.interval.high if seen.interval else None,
        flaky=some / known if known else None,
    )
