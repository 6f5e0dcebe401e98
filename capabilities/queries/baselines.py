"""What a baseline asks to be run."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch

from capabilities.models import Baseline, Criterion, Verification
from evaluations.models import NOT_EVIDENCE, EvaluationScorer, EvaluationVersion, ModelVersion, Run


def plan(baseline: Baseline, version: ModelVersion) -> list[dict[str, Any]]:
    """What must be run on a version before the gate can decide, by evaluation version, and what is already done. Four queries.

    min_n and min_repeats: the largest any of its criteria asks for. done: the latest finished run that may feed a verdict; moving: the
    id of a run on its way. Criteria without evidence, and those that cannot be measured yet, ask for nothing.
    """
    links: dict[int, list[Verification]] = defaultdict(list)
    for link in _links(baseline):
        links[link.evaluation_version_id].append(link)
    versions = (
        EvaluationVersion.objects.filter(pk__in=links)
        .select_related("evaluation", "dataset_version__dataset", "prompt_version__prompt")
        .prefetch_related(
            Prefetch("evaluation_scorers", EvaluationScorer.objects.select_related("scorer_version"))
        )
        .order_by("evaluation__slug", "number")
    )
    runs = _runs(list(links), version)
    return [_entry(found, links[found.pk], runs[found.pk]) for found in versions]


def lacking(steps: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps of a plan that are neither done nor on their way. No query."""
    return [step for step in steps if step["done"] is None and step["moving"] is None]


def _links(baseline: Baseline) -> list[Verification]:
    return list(
        Verification.objects.filter(
            criterion__revision__baseline_items__baseline=baseline, criterion__not_measurable_reason=""
        )
        .select_related("criterion__scorer", "criterion__revision__requirement__product")
        .order_by("criterion__revision__requirement__number", "criterion__position")
    )


def _runs(evaluation_versions: list[int], version: ModelVersion) -> dict[int, list[Run]]:
    rows: dict[int, list[Run]] = defaultdict(list)
    found = Run.objects.filter(evaluation_version__in=evaluation_versions, model_version=version)
    for run in found.exclude(origin__in=NOT_EVIDENCE).order_by("-pk"):
        rows[run.evaluation_version_id].append(run)
    return rows


def _entry(version: EvaluationVersion, links: list[Verification], runs: list[Run]) -> dict[str, Any]:
    criteria = [link.criterion for link in links]
    finished = (Run.State.DONE, Run.State.PARTIAL)
    ended = (*finished, Run.State.FAILED, Run.State.CANCELLED)
    done = next((run for run in runs if run.state in finished and not run.mixed_models), None)
    moving = next((run.pk for run in runs if run.state not in ended), None)
    return {
        "id": version.pk,
        "evaluation": str(version),
        "dataset": str(version.dataset_version),
        "cases": version.dataset_version.case_count,
        "prompt": str(version.prompt_version) if version.prompt_version else None,
        "prompt_policy": version.prompt_policy,
        "parameters": version.parameters,
        "repeats": version.repeats,
        "scorers": [
            {"slug": one.slug, "kind": one.scorer_version.kind} for one in version.evaluation_scorers.all()
        ],
        "min_n": max(criterion.min_n for criterion in criteria),
        "min_repeats": max(max(criterion.min_repeats, _tries(criterion)) for criterion in criteria),
        "criteria": [
            {
                "requirement": criterion.revision.requirement.key,
                "key": criterion.key,
                "must": criterion.must,
                "scorer": criterion.scorer.slug if criterion.scorer else None,
            }
            for criterion in criteria
        ],
        "done": {
            "run": done.pk,
            "state": done.state,
            "samples": done.done,
            "missing": done.wanted - done.done,
        }
        if done
        else None,
        "moving": moving,
    }


def _tries(criterion: Criterion) -> int:
    return criterion.tries if criterion.statistic == Criterion.Statistic.PASS_ALL else 1
