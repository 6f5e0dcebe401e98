"""Rows of lists as files hold them: what the list shows, with the names that addresses and the API use. Scores are fractions."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from evaluations.models import Evaluation, Model, Price, Run
from evaluations.queries.evaluations import EvaluationRow, evaluation_rows
from evaluations.queries.models import ModelRow, model_rows
from evaluations.queries.scores import headlines

Values = Sequence[Any]

RUN_COLUMNS = (
    "run",
    "evaluation",
    "evaluation_version",
    "model",
    "model_version",
    "state",
    "total",
    "done",
    "missing",
    "not_needed",
    "reused",
    "scorer",
    "score",
    "unit",
    "cost",
    "currency",
    "saved",
    "origin",
    "round",
    "created_at",
)
ROUND_COLUMNS = (
    "round",
    "name",
    "suite",
    "runs",
    "runs_moving",
    "runs_failed",
    "total",
    "done",
    "missing",
    "cost",
    "origin",
    "created_at",
)
MODEL_COLUMNS = (
    "model",
    "name",
    "vendor",
    "kind",
    "side",
    "provider",
    "newest_version",
    "floating",
    "stage",
    "prices",
    "shutdown_on",
    "last_run",
)
DATASET_COLUMNS = (
    "dataset",
    "name",
    "purpose",
    "published_version",
    "cases",
    "draft_cases",
    "may_leave",
    "origin",
    "licence",
)
EVALUATION_COLUMNS = (
    "evaluation",
    "name",
    "newest_version",
    "dataset",
    "dataset_version",
    "cases",
    "purpose",
    "prompt_policy",
    "prompt",
    "prompt_version",
    "scorers",
    "versions_measured",
    "last_run",
)
SCHEDULE_COLUMNS = (
    "schedule",
    "name",
    "suite",
    "cron",
    "zone",
    "when",
    "enabled",
    "next_at",
    "last_due",
    "last_outcome",
    "last_reason",
)


def run_values(runs: Sequence[Run]) -> Iterator[Values]:
    """Of runs from `runs_with_related`. One query."""
    scores = headlines(runs)
    for run in runs:
        score = scores.get(run.pk)
        yield (
            run.pk,
            run.evaluation_version.evaluation.slug,
            run.evaluation_version.number,
            run.model_version.model.slug,
            run.model_version.name,
            run.state,
            run.total,
            run.done,
            run.failed,
            run.not_needed,
            run.reused,
            score.slug if score else None,
            score.value if score else None,
            score.unit.strip() if score else None,
            run.cost,
            run.currency,
            run.saved,
            run.origin,
            run.round_id,
            run.created_at,
        )


def round_values(rounds: Iterable[Any]) -> Iterator[Values]:
    """Of rounds from `rounds_with_counts`."""
    for one in rounds:
        yield (
            one.pk,
            one.name,
            one.suite.slug if one.suite else None,
            one.run_count,
            one.moving_count,
            one.failed_count,
            one.total,
            one.done,
            one.failed,
            one.cost,
            one.origin,
            one.created_at,
        )


def model_values(models: Sequence[Model]) -> Iterator[Values]:
    """Of models from `models_matching`. Two queries."""
    return map(_model, model_rows(models))


def _model(row: ModelRow) -> Values:
    model, version = row.model, row.version
    return (
        model.slug,
        model.name,
        model.vendor,
        model.kind,
        model.side,
        model.provider.slug if model.provider else None,
        version.name if version else None,
        version.floating if version else None,
        version.stage if version else None,
        [_price(price) for price in row.prices],
        version.shutdown_on if version else None,
        row.last_run,
    )


def _price(price: Price) -> dict[str, str]:
    return {"unit": price.unit, "amount": f"{price.amount.normalize():f}", "currency": price.currency}


def dataset_values(datasets: Iterable[Any]) -> Iterator[Values]:
    """Of datasets from `datasets_with_newest`."""
    for dataset in datasets:
        yield (
            dataset.slug,
            dataset.name,
            dataset.purpose,
            dataset.newest,
            dataset.size,
            dataset.draft_cases,
            dataset.may_leave,
            dataset.origin,
            dataset.licence,
        )


def evaluation_values(evaluations: Sequence[Evaluation]) -> Iterator[Values]:
    """Of evaluations from `evaluations_with_newest`. Three queries."""
    return map(_evaluation, evaluation_rows(evaluations))


def _evaluation(row: EvaluationRow) -> Values:
    version = row.version
    if version is None:
        nothing = [None] * (len(EVALUATION_COLUMNS) - 4)
        return (row.evaluation.slug, row.evaluation.name, *nothing, row.measured, row.last_run)
    prompt = version.prompt_version
    return (
        row.evaluation.slug,
        row.evaluation.name,
        version.number,
        version.dataset_version.dataset.slug,
        version.dataset_version.number,
        version.dataset_version.case_count,
        version.dataset_version.dataset.purpose,
        version.prompt_policy,
        prompt.prompt.slug if prompt else None,
        prompt.number if prompt else None,
        [scorer.scorer.slug for scorer in version.scorers.all()],
        row.measured,
        row.last_run,
    )


def schedule_values(schedule: Any, words: str, next_at: datetime | None) -> Values:
    """Of a schedule from `schedules_with_last_slot`. words: its calendar; next_at: None while it is paused."""
    return (
        schedule.pk,
        schedule.name,
        schedule.suite.slug,
        schedule.cron,
        schedule.zone,
        words,
        schedule.enabled,
        next_at,
        schedule.last_due,
        schedule.last_outcome,
        schedule.last_reason,
    )
