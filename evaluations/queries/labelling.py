"""The labelling queue: which answer a person is offered next, and how far the labelling has come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import MD5, Cast, Concat

from evaluations.models import EvaluationScorer, Response, Run, ScorerVersion
from evaluations.queries.human_scores import ENOUGH_RATERS, Labelled, labelled_by_scorer
from evaluations.queries.vectors import Slice
from evaluations.scorers import judge_kinds

MOST_RUNS = 20


@dataclass(frozen=True)
class Offered:
    """One answer to label, blind: nothing here says which model gave it or what the judge thinks."""

    response: Response
    input: Any
    target: Any
    output: str


@dataclass(frozen=True)
class Progress:
    """total: answers there are. once, twice: labelled by one person, by two. mine: by the one who asks."""

    total: int
    once: int
    twice: int
    mine: int


def rater_of(user_id: int) -> str:
    return f"user:{user_id}"


def labelled_scorers() -> QuerySet[ScorerVersion]:
    """Judges that stand in an evaluation, newest first. One query."""
    used = EvaluationScorer.objects.filter(scorer_version=OuterRef("pk"))
    rows = ScorerVersion.objects.filter(Exists(used), kind__in=judge_kinds())
    return rows.select_related("scorer", "judge__model").order_by("scorer__name", "-number")


def runs_to_label(scorer: ScorerVersion) -> QuerySet[Run]:
    """Finished runs of evaluations with this scorer, newest first. One query."""
    rows = Run.objects.finished().filter(
        evaluation_version__in=scorer.evaluation_versions.all(), judged_run=None
    )
    return rows.select_related(
        "evaluation_version__evaluation", "evaluation_version__dataset_version__dataset"
    )


def answers_of(runs: Sequence[Run], part: Slice | None = None) -> QuerySet[Response]:
    """Texts that can be read; errors of the model need no opinion. part: only answers to cases of this slice."""
    rows = Response.objects.filter(
        run__in=runs, error_class="", output__purged_at=None, output__media_type__startswith="text/"
    )
    return rows if part is None else rows.filter(case__slices__contains={part[0]: part[1]})


def next_answer(
    scorer: ScorerVersion,
    runs: Sequence[Run],
    user_id: int,
    skipped: Collection[int] = (),
    part: Slice | None = None,
) -> Offered | None:
    """What this person labels next: first what one other person labelled, else at random. At most four queries.

    The order is each rater's own and stays the same, so that nobody's mood falls on the same cases as another's. Several runs' answers
    to one case come one after the other, which of them first is left to chance: only so do labels of both sides of a comparison meet.
    """
    found = labelled_by_scorer([scorer.pk], runs).get(scorer.pk, {})
    me = rater_of(user_id)
    closed = {pk for pk, one in found.items() if me in one.ratings or one.is_double} | set(skipped)
    begun = set(found) - closed
    ordered = answers_of(runs, part).exclude(pk__in=closed)
    ordered = ordered.order_by("repeat", _turn(user_id, "case_id"), _turn(user_id, "pk"))
    response = (ordered.filter(pk__in=begun).first() if begun else None) or ordered.first()
    return offered(response.pk) if response else None


def _turn(user_id: int, field: str) -> MD5:
    return MD5(Concat(Value(f"{user_id}-"), Cast(field, CharField())))


def offered(response_id: int) -> Offered:
    """One answer as it is shown to a rater. One query."""
    response = Response.objects.select_related("case__content", "output", "run").get(pk=response_id)
    body = response.case.body
    text = response.output.text if response.output else ""
    return Offered(response, body.get("input"), body.get("target"), text)


def progress_of(
    scorer: ScorerVersion, runs: Sequence[Run], user_id: int, part: Slice | None = None
) -> Progress:
    """Two queries, three for a slice."""
    answers = answers_of(runs, part)
    ids = None if part is None else list(answers.values_list("pk", flat=True))
    found = list(labelled_by_scorer([scorer.pk], runs, ids).get(scorer.pk, {}).values())
    me = rater_of(user_id)
    return Progress(
        total=answers.count(),
        once=sum(len(one.ratings) == 1 for one in found),
        twice=sum(len(one.ratings) >= ENOUGH_RATERS for one in found),
        mine=sum(me in one.ratings for one in found),
    )


def disagreements(scorer: ScorerVersion, runs: Sequence[Run] | None = None) -> list[Labelled]:
    """Answers of which two people said different things and that nobody has settled. One query."""
    found = labelled_by_scorer([scorer.pk], runs).get(scorer.pk, {})
    return [one for one in found.values() if one.differs]
