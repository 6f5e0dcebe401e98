"""Evaluations and suites as their pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, DateTimeField, Max, OuterRef, Prefetch, QuerySet, Subquery

from evaluations.models import Evaluation, EvaluationVersion, Run, ScorerVersion, Suite
from evaluations.models.runs import NOT_EVIDENCE
from evaluations.queries.estimates import ScoreLine, scores_of

MOST_MODELS = 200
MOST_POINTS = 30


@dataclass(frozen=True)
class EvaluationRow:
    """An evaluation with its newest version (None: none yet), how many model versions it measured, and its last run."""

    evaluation: Evaluation
    version: EvaluationVersion | None
    measured: int
    last_run: datetime | None


@dataclass(frozen=True)
class Results:
    """What an evaluation version has measured by one scorer.

    board: the latest run of each model version, best first, those without a score last. trend: the newest runs of one model in their order.
    models: slug, name and side of what was measured.
    """

    board: Sequence[ScoreLine]
    trend: Sequence[ScoreLine]
    models: Sequence[tuple[str, str, str]]
    chosen: str


def evaluations_with_newest() -> QuerySet[Evaluation]:
    """Evaluations with the id of their newest version and the moment of their last run. One query."""
    newest = EvaluationVersion.objects.filter(evaluation=OuterRef("pk"), frozen_at__isnull=False)
    last = Run.objects.filter(evaluation_version__evaluation=OuterRef("pk")).order_by("-id")
    return Evaluation.objects.annotate(
        newest_id=Subquery(newest.order_by("-number").values("pk")[:1]),
        last_run=Subquery(last.values("created_at")[:1], output_field=DateTimeField()),
    ).order_by("name", "slug")


def evaluation_rows(evaluations: Sequence[Evaluation]) -> list[EvaluationRow]:
    """Rows of evaluations that come from `evaluations_with_newest`. Three queries."""
    ids = [evaluation.newest_id for evaluation in evaluations]  # type: ignore[attr-defined]
    versions = with_parts(EvaluationVersion.objects.filter(pk__in=[pk for pk in ids if pk])).in_bulk()
    measured = dict(
        Run.objects.finished()
        .filter(evaluation_version__in=versions)
        .order_by()
        .values_list("evaluation_version")
        .annotate(count=Count("model_version", distinct=True))
    )
    return [
        EvaluationRow(evaluation, versions.get(pk), measured.get(pk, 0), evaluation.last_run)  # type: ignore[attr-defined]
        for evaluation, pk in zip(evaluations, ids, strict=True)
    ]


def with_parts(versions: QuerySet[EvaluationVersion]) -> QuerySet[EvaluationVersion]:
    """Evaluation versions with everything their description names. Two queries."""
    scorers = ScorerVersion.objects.select_related("scorer").order_by("scorer__slug")
    return versions.select_related(
        "evaluation", "dataset_version__dataset", "prompt_version__prompt"
    ).prefetch_related(Prefetch("scorers", queryset=scorers))


def versions_of(evaluation: Evaluation) -> list[EvaluationVersion]:
    """Every frozen version, newest first. Two queries."""
    return list(with_parts(evaluation.versions.filter(frozen_at__isnull=False)).order_by("-number"))


def results_of(version: EvaluationVersion, scorer: ScorerVersion, model: str = "") -> Results:
    """Leaderboard and trend. Seven queries.

    model: the slug whose trend is wanted; by default the one of ours that ran most, else any that did.
    """
    runs = (
        Run.objects.finished()
        .exclude(origin__in=NOT_EVIDENCE)
        .filter(evaluation_version=version)
        .select_related("evaluation_version", "model_version__model")
    )
    latest = list(runs.last_asked_of_each("model_version_id")[:MOST_MODELS])
    models = _models(runs)
    known = {slug for slug, _, _ in models}
    chosen = model if model in known else (models[0][0] if models else "")
    recent = list(runs.filter(model_version__model__slug=chosen).last_asked_first()[:MOST_POINTS])[::-1]
    by_run = scores_of(list({run.pk: run for run in [*latest, *recent]}.values()))
    lines = {pk: next((line for line in rows if line.scorer == scorer), None) for pk, rows in by_run.items()}
    board = [line for run in latest if (line := lines[run.pk])]
    trend = [line for run in recent if (line := lines[run.pk])]
    return Results(_best_first(board, scorer), trend, models, chosen)


def _models(runs: QuerySet[Run]) -> list[tuple[str, str, str]]:
    rows = runs.order_by().values_list(
        "model_version__model__slug", "model_version__model__name", "model_version__model__side"
    )
    counted = rows.annotate(count=Count("pk")).order_by("-count")
    return sorted(((slug, name, side) for slug, name, side, _ in counted), key=lambda row: row[2] != "own")


def _best_first(lines: Sequence[ScoreLine], scorer: ScorerVersion) -> list[ScoreLine]:
    higher = scorer.direction == ScorerVersion.Direction.HIGHER

    def place(line: ScoreLine) -> tuple[bool, float, str]:
        point = line.point or 0.0
        return line.point is None, -point if higher else point, line.run.model_version.label

    return sorted(lines, key=place)


def suites_with_counts() -> QuerySet[Suite]:
    """Suites with how many evaluations they hold and their last round. One query."""
    return Suite.objects.annotate(
        size=Count("evaluations", distinct=True), last_round=Max("rounds__created_at")
    ).order_by("name", "slug")
