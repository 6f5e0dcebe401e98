"""How a model ranked over time by one check: after each round, among what had run by then, and never across a change of the measure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from evaluations.models import Evaluation, EvaluationScorer, EvaluationVersion, Run, ScorerVersion, Side
from evaluations.models.runs import NOT_EVIDENCE
from evaluations.queries.board_columns import Place, Wanted, ranked_columns

MOST_MOMENTS = 12
MOST_RUNS = 2_000


@dataclass(frozen=True)
class Moment:
    """After one round, or one day of runs without a round. version: how it was measured, so that only equal ones are joined.

    run: the model's latest by then under that version, None while it had none. changed: its version is another than before.
    """

    at: datetime
    label: str
    version: EvaluationVersion
    scorer: ScorerVersion
    run: Run | None
    place: Place | None
    of: int
    changed: bool


@dataclass(frozen=True)
class History:
    """models: slug and name of what ran, ours first; chosen: the slug the moments speak of. older: how many moments are not shown."""

    models: Sequence[tuple[str, str]]
    chosen: str
    moments: Sequence[Moment]
    older: int


def history_of(evaluation: Evaluation, scorer: str, model: str = "") -> History:
    """Two queries, and one or two for each moment whose runs this process has not ranked before; the newest twelve moments."""
    runs = _runs(evaluation)
    models = _models(runs)
    slugs = [slug for slug, _ in models]
    chosen = model if model in slugs else (slugs[0] if slugs else "")
    scorers = {
        row.evaluation_version_id: row.scorer_version
        for row in EvaluationScorer.objects.filter(
            evaluation_version__evaluation=evaluation, slug=scorer
        ).select_related("scorer_version__scorer")
    }
    moments = [group for group in _groups(runs) if _version_of(group).pk in scorers]
    shown = moments[-MOST_MOMENTS:]
    wanted = [_wanted(runs, group, scorers) for group in shown]
    found: list[Moment] = []
    for group, one, ranked in zip(shown, wanted, ranked_columns(wanted), strict=True):
        run = next((run for run in one.runs if run.model_version.model.slug == chosen), None)
        before = next((moment.run for moment in reversed(found) if moment.run), None)
        found.append(
            Moment(
                at=_at(group[-1]),
                label=f"{_at(group[-1]):%d %b}",
                version=one.version,
                scorer=one.scorer,
                run=run,
                place=ranked.places[run.pk] if run else None,
                of=sum(place.ranked for place in ranked.places.values()),
                changed=bool(run and before and run.model_version_id != before.model_version_id),
            )
        )
    return History(models, chosen, found, len(moments) - len(shown))


def _runs(evaluation: Evaluation) -> list[Run]:
    """Finished runs in the order they finished, the newest few thousand."""
    rows = (
        Run.objects.finished()
        .exclude(origin__in=NOT_EVIDENCE)
        .filter(evaluation_version__evaluation=evaluation)
        .select_related("evaluation_version__evaluation", "model_version__model")
        .order_by("-id")[:MOST_RUNS]
    )
    return sorted(rows, key=lambda run: (_at(run), run.pk))


def _at(run: Run) -> datetime:
    return run.finished_at or run.created_at


def _models(runs: Iterable[Run]) -> list[tuple[str, str]]:
    found = {run.model_version.model.slug: run.model_version.model for run in runs}
    return [
        (model.slug, model.name)
        for model in sorted(found.values(), key=lambda model: (model.side != Side.OWN, model.name))
    ]


def _groups(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs of one round and one version of the evaluation, or of one day; each where its last run ended."""
    found: dict[tuple[object, ...], list[Run]] = {}
    for run in runs:
        when = ("round", run.round_id) if run.round_id else ("day", _at(run).date())
        found.setdefault((*when, run.evaluation_version_id), []).append(run)
    return sorted(found.values(), key=lambda group: (_at(group[-1]), group[-1].pk))


def _version_of(group: Sequence[Run]) -> EvaluationVersion:
    return group[-1].evaluation_version


def _wanted(runs: Sequence[Run], group: Sequence[Run], scorers: dict[int, ScorerVersion]) -> Wanted:
    """Each model's latest run under this version up to here: what was to be ranked then."""
    version, last = _version_of(group), group[-1]
    by_model: dict[int, Run] = {}
    for run in runs:
        if run.evaluation_version_id == version.pk and (_at(run), run.pk) <= (_at(last), last.pk):
            by_model[run.model_version.model_id] = run
    return Wanted(version, scorers[version.pk], list(by_model.values()))
