"""Runs that can be set side by side."""

from collections.abc import Sequence

from evaluations.models import Run, Side
from evaluations.models.runs import NOT_EVIDENCE, RunQuerySet
from evaluations.queries.runs import runs_with_related

NEWEST = 100


def finished_runs() -> RunQuerySet:
    """Finished runs, newest first, with everything a choice of them names. One query."""
    return runs_with_related().finished()


def newest_finished(most: int) -> list[Run]:
    """The finished runs that came last, of those the newest measurement first. One query."""
    return sorted(finished_runs()[:most], key=lambda run: (run.asked_at, run.pk), reverse=True)


def beside(run: Run) -> RunQuerySet:
    """Finished runs on the same dataset as this one, newest first. One query."""
    dataset = run.evaluation_version.dataset_version.dataset_id
    return finished_runs().exclude(pk=run.pk).filter(evaluation_version__dataset_version__dataset=dataset)


def newest_run(evaluation: str, version: str) -> Run | None:
    """The newest finished run by natural keys: slug or slug@number, and slug@name. One query."""
    runs = runs_with_related({"evaluation": evaluation, "model": version}).finished()
    return runs.last_asked_first().first()


def newest_own_run(evaluation: str) -> Run | None:
    """The newest finished run of ours by slug or slug@number, not from the lab. One query."""
    runs = runs_with_related({"evaluation": evaluation}).finished().exclude(origin__in=NOT_EVIDENCE)
    return runs.filter(model_version__model__side=Side.OWN).last_asked_first().first()


def rival_runs(run: Run) -> list[Run]:
    """The newest finished run of each competitor on the same evaluation version, by name; not from the lab. One query.

    Beside a competitor's own run ours are rivals too.
    """
    sides = [Side.COMPETITOR] if run.model_version.model.side == Side.OWN else [Side.OWN, Side.COMPETITOR]
    runs = (
        finished_runs()
        .exclude(origin__in=NOT_EVIDENCE)
        .filter(evaluation_version=run.evaluation_version_id, model_version__model__side__in=sides)
        .exclude(model_version__model=run.model_version.model_id)
    )
    newest = runs.last_asked_of_each("model_version__model_id")
    return sorted(newest, key=lambda one: one.model_version.label)


def ready_sets(limit: int = 6, columns: int = 8) -> list[list[Run]]:
    """Runs worth setting side by side: of an evaluation version the newest of each model version among the newest runs.

    Ours first, then others' by name; sets with both sides before those of one. One query.
    """
    newest: dict[tuple[int, int], Run] = {}
    for run in newest_finished(NEWEST):
        newest.setdefault((run.evaluation_version_id, run.model_version_id), run)
    by_evaluation: dict[int, list[Run]] = {}
    for run in newest.values():
        by_evaluation.setdefault(run.evaluation_version_id, []).append(run)
    found = [_one_of_ours_first(runs)[:columns] for runs in by_evaluation.values() if len(runs) > 1]
    return sorted(found, key=_one_sided)[:limit]


def _one_of_ours_first(runs: Sequence[Run]) -> list[Run]:
    """Our newest, the others, then our earlier ones."""
    ours = [run for run in runs if run.model_version.model.side == Side.OWN]
    others = [run for run in runs if run.model_version.model.side != Side.OWN]
    return [*ours[:1], *sorted(others, key=lambda run: run.model_version.label), *ours[1:]]


def _one_sided(runs: Sequence[Run]) -> bool:
    return len({run.model_version.model.side for run in runs}) == 1
