"""Runs that can be set side by side."""

from collections.abc import Sequence
from itertools import combinations

from evaluations.models import Run, Side
from evaluations.models.runs import RunQuerySet
from evaluations.queries.runs import runs_with_related

NEWEST = 100


def finished_runs() -> RunQuerySet:
    """Finished runs, newest first, with everything a choice of them names. One query."""
    return runs_with_related().finished()


def beside(run: Run) -> RunQuerySet:
    """Finished runs on the same dataset as this one, newest first. One query."""
    dataset = run.evaluation_version.dataset_version.dataset_id
    return finished_runs().exclude(pk=run.pk).filter(evaluation_version__dataset_version__dataset=dataset)


def newest_run(evaluation: str, version: str) -> Run | None:
    """The newest finished run by natural keys: slug or slug@number, and slug@name. One query."""
    return runs_with_related({"evaluation": evaluation, "model": version}).finished().first()


def ready_pairs(limit: int = 6) -> list[tuple[Run, Run]]:
    """Pairs worth looking at: two versions on one evaluation version among the newest runs, ours against others first. One query."""
    newest: dict[tuple[int, int], Run] = {}
    for run in finished_runs()[:NEWEST]:
        newest.setdefault((run.evaluation_version_id, run.model_version_id), run)
    by_evaluation: dict[int, list[Run]] = {}
    for run in newest.values():
        by_evaluation.setdefault(run.evaluation_version_id, []).append(run)
    found = [pair for runs in by_evaluation.values() for pair in combinations(_ours_first(runs), 2)]
    return sorted(found, key=_same_side)[:limit]


def _ours_first(runs: Sequence[Run]) -> list[Run]:
    return sorted(runs, key=lambda run: run.model_version.model.side != Side.OWN)


def _same_side(pair: tuple[Run, Run]) -> bool:
    first, second = pair
    return first.model_version.model.side == second.model_version.model.side
