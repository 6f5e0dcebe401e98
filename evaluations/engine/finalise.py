"""The end of a run: scores, vectors, sums and the final state."""

from collections.abc import Callable

from django.db import transaction
from django.db.models.functions import Now

from evaluations import signals
from evaluations.models import CallLedger, Origin, Response, Run, WorkItem
from evaluations.queries.logs import measured_at
from evaluations.services.canaries import canary_seen
from evaluations.services.endings import close_round, end_run
from evaluations.services.opinions import ask_judges, deliver_opinions, take_opinions_in
from evaluations.services.pair_judging import deliver_pair_opinions
from evaluations.services.scoring import score_responses
from evaluations.services.vectors import write_vectors


def score_and_finalise(run: Run, go_on: Callable[[], bool]) -> bool:
    """Score what lacks a score, then finish the run; False when this worker lost it meanwhile."""
    if run.pair_id:
        deliver_pair_opinions(run, go_on=go_on)
    elif run.origin == Origin.JUDGE:
        deliver_opinions(run, go_on=go_on)
    else:
        score_responses(run, go_on=go_on)
    return go_on() and finalise(run)


@transaction.atomic
def finalise(run: Run) -> bool:
    """Vectors, sums, counts and state in one transaction; `run_finished` is announced after it. False when it was not due."""
    locked = (
        Run.objects.select_for_update(of=("self",), no_key=True)
        .select_related("evaluation_version__dataset_version__dataset", "round")
        .filter(pk=run.pk, state=Run.State.SCORING, generation=run.generation)
        .first()
    )
    if locked is None:
        return False
    answered = Response.objects.filter(run=locked).count()
    if not answered:
        _fail_without_answers(locked)
        return True
    if locked.origin != Origin.JUDGE:
        write_vectors(locked)
    measured = measured_at(locked)
    state = Run.State.DONE if answered == locked.wanted else Run.State.PARTIAL
    Run.objects.filter(pk=locked.pk).update(
        state=state,
        done=answered,
        failed=locked.wanted - answered,
        canary_seen=canary_seen(locked),
        paused_reason="",
        paused_since=None,
        started_at=measured or locked.started_at,
        finished_at=measured or Now(),
    )
    if locked.judged_run_id:
        take_opinions_in(locked.judged_run_id)
    elif locked.origin != Origin.JUDGE:
        ask_judges(locked)
    if locked.round_id:
        close_round(round_id=locked.round_id)
    run_id, generation = locked.pk, locked.generation
    transaction.on_commit(lambda: signals.run_finished.send(Run, run_id=run_id, generation=generation))
    return True


def _fail_without_answers(run: Run) -> None:
    reason = run.failure
    if not reason:
        last = run.items.exclude(error="").order_by("-id").values_list("error", flat=True).first()
        reason = f"No sample got an answer. {last or ''}".strip()
    end_run(run=run, state=Run.State.FAILED, failure=reason)


@transaction.atomic
def stop_run(run: Run, reason: str) -> None:
    """Fail a run because no other sample of it can succeed either."""
    locked = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    if locked.state == Run.State.RUNNING:
        end_run(run=locked, state=Run.State.FAILED, failure=reason)


@transaction.atomic
def begin_scoring(run: Run, failure: str = "") -> bool:
    """Calls are over: on to scoring. False while items are still open and no reason is given to give them up."""
    locked = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    if locked.state != Run.State.RUNNING:
        return False
    open_items = locked.items.filter(state__in=[WorkItem.State.PENDING, WorkItem.State.LEASED])
    if failure:
        open_items.filter(state=WorkItem.State.PENDING).update(
            state=WorkItem.State.CANCELLED, error_class="budget", error=failure[:500]
        )
    if open_items.exists():
        return False
    Run.objects.filter(pk=locked.pk).update(
        state=Run.State.SCORING,
        paused_reason="",
        paused_since=None,
        **({"failure": failure} if failure else {}),
    )
    return True


@transaction.atomic
def finish_cancelled(run: Run) -> bool:
    """End a run whose cancelling was asked for, once none of its calls is in flight."""
    locked = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    in_flight = locked.ledger.filter(state=CallLedger.State.INTENT)
    if locked.cancel_requested_at is None or in_flight.exists():
        return False
    end_run(run=locked, state=Run.State.CANCELLED)
    return True
