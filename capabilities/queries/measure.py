"""What “Measure this” offers to choose from, and what came of trying one case."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from capabilities.models import Criterion, Requirement, Revision, Verification
from config.people.access import may
from config.people.models import User
from evaluations.models import (
    Case,
    Dataset,
    DatasetVersion,
    ModelVersion,
    Origin,
    PromptVersion,
    Response,
    Run,
    Score,
    ScorerVersion,
    Side,
)
from evaluations.queries.media import attachments_of

NEWEST_OF_A_MODEL = 3
MOST_CHOICES = 300
SIDES = (Side.OWN, Side.COMPETITOR, Side.SIMPLE)
OVER = {Run.State.DONE, Run.State.PARTIAL, Run.State.FAILED, Run.State.CANCELLED}


def callable_versions(named: Iterable[int] = ()) -> list[ModelVersion]:
    """Versions a provider can be asked for: the newest three of each model and those named by id; ours first. One query."""
    wanted = set(named)
    rows = (
        ModelVersion.objects.active()
        .filter(model__provider__enabled=True)
        .select_related("model__provider", "own_prompt")
        .newest_first()
    )
    found = sorted(rows, key=lambda version: (SIDES.index(Side(version.model.side)), version.model.name))
    shown: list[ModelVersion] = []
    for _, versions in groupby(found, key=lambda version: version.model_id):
        listed = list(versions)
        shown += listed[:NEWEST_OF_A_MODEL] + [one for one in listed[NEWEST_OF_A_MODEL:] if one.pk in wanted]
    return shown


def published_datasets() -> list[DatasetVersion]:
    """The newest published version of each dataset that is not for trying. One query."""
    rows = (
        DatasetVersion.objects.filter(frozen_at__isnull=False, retired_at=None)
        .exclude(dataset__slug__startswith="tries-")
        .select_related("dataset")
        .order_by("dataset__name", "dataset_id", "-number")
        .distinct("dataset__name", "dataset_id")
    )
    return list(rows[:MOST_CHOICES])


def newest_prompts() -> list[PromptVersion]:
    """The newest version of each prompt. One query."""
    rows = (
        PromptVersion.objects.exclude(prompt__slug__startswith="tries-")
        .select_related("prompt")
        .order_by("prompt__name", "prompt_id", "-number")
        .distinct("prompt__name", "prompt_id")
    )
    return list(rows[:MOST_CHOICES])


def newest_checks(scorer_id: int | None = None) -> list[ScorerVersion]:
    """The newest version of each check that can be worked out here, or of one scorer. One query."""
    rows = ScorerVersion.objects.exclude(scorer__slug__startswith="tries-").exclude(kind="external")
    if scorer_id is not None:
        rows = rows.filter(scorer=scorer_id)
    ordered = rows.select_related("scorer").order_by("scorer__name", "scorer_id", "-number")
    return list(ordered.distinct("scorer__name", "scorer_id")[:MOST_CHOICES])


@dataclass(frozen=True)
class Answer:
    """A model's answer to the case that was tried. score: None while it is asked, or when it could not be scored."""

    run: Run
    response: Response | None
    score: Score | None

    @property
    def waiting(self) -> bool:
        return self.run.state not in OVER

    @property
    def passed(self) -> bool | None:
        if self.score is None:
            return None
        version = self.score.scorer_version
        value = self.score.numerator / (self.score.denominator or 1)
        return value <= version.pass_mark if version.direction == "lower" else value >= version.pass_mark


def answers(user: User, run_ids: Sequence[int]) -> list[Answer]:
    """What the person's own tries came to, in the order asked for, without test cases the person may no longer read. Three queries."""
    runs = Run.objects.filter(pk__in=run_ids, origin=Origin.LAB, created_by=user)
    if not may(user, "read_test"):
        runs = runs.exclude(
            evaluation_version__dataset_version__drawn_from__dataset__purpose=Dataset.Purpose.TEST
        )
    by_id = {run.pk: run for run in runs.select_related("model_version__model")}
    responses = Response.objects.filter(run__in=by_id).select_related("output").order_by("id")
    by_run = {response.run_id: response for response in responses}
    scores = Score.objects.filter(response__in=by_run.values()).select_related("scorer_version")
    by_response = {score.response_id: score for score in scores}
    found = []
    for run_id in run_ids:
        if run_id in by_id:
            response = by_run.get(run_id)
            score = by_response.get(response.pk) if response else None
            found.append(Answer(by_id[run_id], response, score))
    return found


def media_tried(found: Sequence[Answer]) -> list[tuple[str, str | None]]:
    """The attachments of the case these tries are about, as attachments_of gives them. Two queries, one without attachments."""
    if not found:
        return []
    case = Case.objects.filter(
        entries__version__evaluation_versions=found[0].run.evaluation_version_id
    ).first()
    return attachments_of([case]).get(case.pk, []) if case else []


def criteria_measured_alike(criterion: Criterion) -> list[Criterion]:
    """Criteria of the same revision with the same scorer that nothing measures yet. One query."""
    if criterion.scorer_id is None:
        return []
    linked = Verification.objects.filter(criterion__revision=criterion.revision_id).values("criterion")
    return list(
        Criterion.objects.filter(revision=criterion.revision_id, scorer=criterion.scorer_id)
        .exclude(pk=criterion.pk)
        .exclude(pk__in=linked)
        .select_related("scorer", "revision__requirement__product")
    )


def criterion_of(requirement: Requirement, key: str) -> Criterion | None:
    """The criterion verdicts speak of: of the approved revision, else of the newest that has it. One query."""
    rows = Criterion.objects.filter(revision__requirement=requirement, key=key.upper()).exclude(
        revision__status__in=[Revision.Status.SUPERSEDED, Revision.Status.DISCARDED]
    )
    found = list(
        rows.select_related("scorer", "revision__requirement__product").order_by("-revision__number")
    )
    approved = [row for row in found if row.revision.status == Revision.Status.APPROVED]
    return next(iter(approved or found), None)
