"""Judges' opinions: asked for by a run of their own when a run is scored, and taken in when that run ends.

A judge's run is driven, paid, retried and capped like any other; its replies are the opinions. They become scores of the judged run's
answers, which is then summed again. Nothing here calls anybody.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from evaluations import signals
from evaluations.models import (
    Cap,
    EvaluationScorer,
    ModelVersion,
    Origin,
    Response,
    Run,
    Score,
    ScorerVersion,
    WorkItem,
)
from evaluations.queries.media import outputs_by_id
from evaluations.scorers import judge_of
from evaluations.scorers.reading import Unreadable
from evaluations.services.guards import judging_problems
from evaluations.services.opinion_calls import replies_of
from evaluations.services.runs import to_scoring
from evaluations.services.scoring import output_of, score_row

ENDED = (Run.State.FAILED, Run.State.CANCELLED)
ITEMS = """
INSERT INTO evaluations_workitem
    (run_id, case_id, repeat, state, fence, worker, attempts, crashes, error_class, error, error_digest, error_repeats)
SELECT %s, case_id, repeat, 'pending', 0, '', 0, 0, '', '', '', 0
FROM evaluations_response WHERE id = ANY(%s) ORDER BY id
"""


def ask_judges(run: Run) -> list[Run]:
    """A judge's run for each judge of the run's evaluation, about the answers nobody was asked about yet.

    For a finished run held under lock, with dataset and round loaded. One query without judges.
    """
    rows = EvaluationScorer.objects.filter(
        evaluation_version=run.evaluation_version_id, scorer_version__judge__isnull=False
    ).select_related("scorer_version__scorer", "scorer_version__judge__model__provider")
    asked = [_ask(run, row.scorer_version) for row in rows]
    return [one for one in asked if one is not None]


def _ask(run: Run, scorer: ScorerVersion) -> Run | None:
    judge = scorer.judge
    wanted = list(unasked(run, scorer).values_list("pk", flat=True))
    if judge is None or not wanted:
        return None
    cap, unit = _cap(run)
    made = Run.objects.create(
        evaluation_version_id=run.evaluation_version_id,
        model_version=judge,
        origin=Origin.JUDGE,
        judged_run=run,
        judging_by=scorer,
        round_id=run.round_id,
        priority=run.priority,
        charged_to=run.charged_to,
        cap=cap,
        cap_unit=unit,
        total=len(wanted),
        reuse=False,
        created_by_id=run.created_by_id,
    )
    problems = _problems(run, judge, made)
    if problems:
        Run.objects.filter(pk=made.pk).update(state=Run.State.FAILED, failure=" ".join(problems)[:500])
        return None
    with connection.cursor() as cursor:
        cursor.execute(ITEMS, [made.pk, wanted])
    run_id = made.pk
    transaction.on_commit(lambda: signals.run_started.send(Run, run_id=run_id))
    return made


def unasked(run: Run, scorer: ScorerVersion) -> QuerySet[Response]:
    """Answers in text, no errors, that the judge has no score for and that no judge's run of it has taken up."""
    taken = WorkItem.objects.filter(
        run__in=Run.objects.filter(judged_run=run, judging_by=scorer).exclude(state__in=ENDED),
        case=OuterRef("case"),
        repeat=OuterRef("repeat"),
    )
    scored = Score.objects.filter(response=OuterRef("pk"), scorer_version=scorer)
    answers = Response.objects.filter(
        run=run, error_class="", output__purged_at=None, output__media_type__startswith="text/"
    )
    return answers.filter(~Exists(taken), ~Exists(scored)).order_by("pk")


def _cap(run: Run) -> tuple[Decimal | None, str]:
    """What is left of the run's own cap: judging it spends of the same money. A round's cap holds by itself."""
    if run.cap is None:
        return None, Cap.MONEY
    judged = sum(one.settled + one.reserved + one.unknown for one in run.judgings.all())
    return max(run.cap - run.settled - run.reserved - run.unknown - judged, Decimal(0)), run.cap_unit


def _problems(run: Run, judge: ModelVersion, made: Run) -> list[str]:
    holder = run.round if run.cap is None and run.round is not None else made
    return judging_problems(
        dataset=run.evaluation_version.dataset_version.dataset,
        judge=judge,
        cap=holder.cap,
        cap_unit=holder.cap_unit,
    )


def deliver_opinions(judging: Run, *, go_on: Callable[[], bool] = lambda: True) -> int:
    """Write a judge's replies as scores of the answers they are about; how many. Twice changes nothing. Three queries for 500."""
    return sum(_deliver(judging, chunk) for chunk in replies_of(judging, go_on))


def _deliver(judging: Run, replies: Sequence[Response]) -> int:
    scorer = judging.judging_by
    judge = judge_of(scorer.kind) if scorer else None
    if judge is None or scorer is None:
        return 0
    answers = Response.objects.filter(run=judging.judged_run_id, case__in={one.case_id for one in replies})
    places = {(one.case_id, one.repeat): one.pk for one in answers.only("case_id", "repeat")}
    outputs = outputs_by_id({one.output_id for one in replies if one.output_id})
    scores = []
    for reply in replies:
        blob = outputs.get(reply.output_id) if reply.output_id else None
        place = places.get((reply.case_id, reply.repeat))
        if blob is None or blob.purged_at or place is None:
            continue
        try:
            found = judge.read(output_of(reply, blob).text, scorer.config)
        except Unreadable:
            continue
        scores.append(score_row(place, scorer.pk, found))
    Score.objects.bulk_create(scores, ignore_conflicts=True)
    return len(scores)


def take_opinions_in(judged_id: int) -> None:
    """Sum the judged run again, as its next generation, with the opinions that came. One that still moves does so when it ends."""
    judged = Run.objects.select_for_update(of=("self",), no_key=True).get(pk=judged_id)
    if judged.state not in (Run.State.DONE, Run.State.PARTIAL, Run.State.SCORING):
        return
    judged.generation += 1
    to_scoring(judged)
