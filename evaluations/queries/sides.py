"""Runs with all that statistics need of them, read at once, and any two of them on the cases they share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from evaluations.models import EvaluationScorer, Run, RunVector, ScorerVersion
from evaluations.queries.vectors import CaseList, cases_of, samples_from, vectors_of
from evaluations.statistics import Samples


@dataclass(frozen=True, eq=False)
class Sides:
    """vectors, cases: by run id; a run without scores has no vector. scorer: by whose direction and range all are read."""

    scorer: ScorerVersion
    vectors: Mapping[int, RunVector]
    cases: Mapping[int, CaseList]

    def has(self, run: Run) -> bool:
        return run.pk in self.vectors

    def samples(self, run: Run) -> Samples:
        """A run on all cases it was given. Raises KeyError for a run without scores."""
        return samples_from(self.vectors[run.pk], self.cases[run.pk], self.scorer)

    def shared(self, run_a: Run, run_b: Run) -> tuple[CaseList, Samples, Samples]:
        """Both on the cases they share, in A's order and under A's keys."""
        in_a, in_b = self.cases[run_a.pk], self.cases[run_b.pk]
        ours, theirs = self.samples(run_a), self.samples(run_b)
        return (in_a, ours, theirs) if in_a is in_b else _same_content(in_a, in_b, ours, theirs)


def loaded_runs(runs: Sequence[Run]) -> list[Run]:
    """The runs again, in their order, with everything a comparison names. One query."""
    rows = Run.objects.select_related(
        "model_version__model",
        "prompt_version__prompt",
        "evaluation_version__evaluation",
        "evaluation_version__prompt_version__prompt",
        "evaluation_version__dataset_version__dataset",
    ).in_bulk([run.pk for run in runs])
    return [rows[run.pk] for run in runs]


def scorers_named(runs: Iterable[Run], slug: str) -> dict[int, ScorerVersion]:
    """The scorer with this slug of each run that has it, by run id. One query."""
    versions = {run.pk: run.evaluation_version_id for run in runs}
    rows = EvaluationScorer.objects.filter(evaluation_version__in=set(versions.values()), slug=slug)
    found = {
        row.evaluation_version_id: row.scorer_version for row in rows.select_related("scorer_version__scorer")
    }
    return {pk: found[version] for pk, version in versions.items() if version in found}


def sides_of(runs: Sequence[Run], scorers: Mapping[int, ScorerVersion]) -> Sides:
    """The runs that have a scorer, read by that of the first. Two queries, one more for each further dataset version."""
    vectors = vectors_of(runs, {scorer.pk for scorer in scorers.values()})
    versions = {run.pk: run.evaluation_version.dataset_version_id for run in runs}
    lists = {version: cases_of(version) for version in dict.fromkeys(versions.values())}
    mine = {pk: vectors[pk, scorer.pk] for pk, scorer in scorers.items() if (pk, scorer.pk) in vectors}
    return Sides(scorers[runs[0].pk], mine, {pk: lists[version] for pk, version in versions.items()})


def _same_content(
    in_a: CaseList, in_b: CaseList, ours: Samples, theirs: Samples
) -> tuple[CaseList, Samples, Samples]:
    """The cases whose content is the same in both versions, under A's keys; of equal contents those of the same key first."""
    exact = {pair: row for row, pair in enumerate(zip(in_b.hashes, in_b.keys, strict=True))}
    places: list[tuple[int, int]] = []
    renamed = []
    for row, pair in enumerate(zip(in_a.hashes, in_a.keys, strict=True)):
        if (place := exact.pop(pair, None)) is None:
            renamed.append(row)
        else:
            places.append((row, place))
    left = {content: place for (content, _), place in exact.items()}
    places += [(row, left.pop(in_a.hashes[row])) for row in renamed if in_a.hashes[row] in left]
    rows, matches = zip(*sorted(places), strict=True) if places else ((), ())
    ours = ours.select(rows)
    theirs = replace(theirs.select(matches), items=ours.items, clusters=ours.clusters)
    return in_a.select(rows), ours, theirs
