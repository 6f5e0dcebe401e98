"""What a message makes a worker do: one slice of one run, and what comes after it."""

import logging
import time
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from evaluations.engine.chain import Onward, hand_on, take
from evaluations.engine.finalise import begin_scoring, finish_cancelled, score_and_finalise, stop_run
from evaluations.engine.heartbeat import Heartbeat
from evaluations.engine.looks import look
from evaluations.engine.recording import Books, pause
from evaluations.engine.reuse import may_take_over, take_over
from evaluations.engine.share import slice_seconds
from evaluations.engine.slice import Ending, Slice
from evaluations.engine.worker import is_stopping, worker_name
from evaluations.models import ModelEvent, Round, Run
from evaluations.providers.prices import Prices
from evaluations.providers.types import ErrorKind
from evaluations.services.judging_calls import plan_of
from evaluations.services.model_events import announce_event
from evaluations.services.requests import CallPlan, NotCallable
from evaluations.services.spend import prices_of

log = logging.getLogger(__name__)

# due: an item could be called now. wait: seconds until the next one may be. leased: somebody holds items.
OUTLOOK = """
SELECT
    EXISTS (SELECT 1 FROM evaluations_workitem WHERE run_id = %(run)s AND state = 'leased'),
    EXISTS (SELECT 1 FROM evaluations_workitem WHERE run_id = %(run)s AND state = 'pending'
        AND (not_before IS NULL OR not_before <= clock_timestamp())
        AND (%(look_to)s::bigint IS NULL OR id <= %(look_to)s)),
    (SELECT EXTRACT(EPOCH FROM min(not_before) - clock_timestamp()) FROM evaluations_workitem
        WHERE run_id = %(run)s AND state = 'pending' AND not_before > clock_timestamp()
        AND (%(look_to)s::bigint IS NULL OR id <= %(look_to)s))
"""


def advance_run(run_id: int, token: UUID) -> Onward | None:
    """Work on a run for one slice; the next slice to ask for, or None when there is none or another chain leads the run."""
    mine = take(run_id, token)
    if mine is None:
        return None
    run = Run.objects.select_related(
        "round",
        "prompt_version",
        "evaluation_version__dataset_version__dataset",
        "evaluation_version__prompt_version",
        "model_version__own_prompt",
        "model_version__model__provider",
        "judging_by__scorer",
        "pair",
    ).get(pk=run_id)
    if run.state == Run.State.SCORING:
        return _score(run, mine)
    return _call(run, mine)


def _score(run: Run, token: UUID) -> Onward | None:
    with Heartbeat(run.pk, token, worker_name(token)) as heart:
        score_and_finalise(run, lambda: heart.steady and not is_stopping())
    return hand_on(run.pk, token)


def _call(run: Run, token: UUID) -> Onward | None:
    seconds = slice_seconds(run)
    if not seconds and run.cancel_requested_at is None:
        return hand_on(run.pk, token, settings.SLICE_SECONDS / 2)
    if run.state == Run.State.QUEUED:
        Run.objects.filter(pk=run.pk, state=Run.State.QUEUED, chain_token=token).update(
            state=Run.State.RUNNING, started_at=run.started_at or timezone.now()
        )
    try:
        plan = plan_of(run)
    except NotCallable as problem:
        stop_run(run, str(problem))
        return None
    ending = Ending()
    if run.cancel_requested_at is None:
        if not _reused(run, token, plan, seconds):
            return hand_on(run.pk, token)
        ending = Slice(run, token, plan, _books(run, plan), seconds).work()
    return _after(run, token, ending)


def _reused(run: Run, token: UUID, plan: CallPlan, seconds: float) -> bool:
    """False when there are items left to look at and the slice is over."""
    if not may_take_over(run):
        return True
    until = time.monotonic() + seconds
    with Heartbeat(run.pk, token, worker_name(token)) as heart:
        return take_over(
            run, token, plan, lambda: heart.steady and not is_stopping() and time.monotonic() < until
        )


def _books(run: Run, plan: CallPlan) -> Books:
    prices = prices_of(run.model_version, timezone.now().date())
    if prices is not None and prices.currency != run.currency:
        Run.objects.filter(pk=run.pk).update(currency=prices.currency)
    return Books(run, prices or (Prices() if plan.adapter.free else None))


def _after(run: Run, token: UUID, ending: Ending) -> Onward | None:
    if ending.stopped_by is not None:
        if ending.stopped_by.kind is ErrorKind.GONE:
            announce_event(run, ModelEvent.Kind.GONE, before=run.model_version.api_id)
        stop_run(run, ending.stopped_by.message)
        return None
    if ending.spent:
        begin_scoring(run, failure=_spent_sentence(run))
        return hand_on(run.pk, token)
    if ending.month:
        pause(run, ending.month)
        return hand_on(run.pk, token, settings.KICK_SECONDS)
    if finish_cancelled(run) or look(run, token) or begin_scoring(run):
        return hand_on(run.pk, token)
    return hand_on(run.pk, token, max(ending.delay, _seconds_until_due(run)))


def _seconds_until_due(run: Run) -> float:
    """0 when something can be called now; else until the next retry, or a fraction of a lease while others hold items."""
    with connection.cursor() as cursor:
        cursor.execute(OUTLOOK, {"run": run.pk, "look_to": run.look_to})
        leased, due, wait = cursor.fetchone()
    if due:
        return 0.0
    waits = [float(wait)] if wait is not None else []
    if leased:
        waits.append(settings.LEASE_SECONDS / 3)
    return min([*waits, settings.KICK_SECONDS], default=0.0)


def _spent_sentence(run: Run) -> str:
    run = Run.objects.select_related("round").get(pk=run.pk)
    holders = [holder for holder in (run, run.round) if holder is not None and holder.cap is not None]
    holder = min(holders, key=_room)
    assert holder.cap is not None
    cap = f"{holder.cap.normalize():f} {run.currency if holder.cap_unit == 'money' else holder.cap_unit}"
    return f"The budget of {cap} was reached after {run.done} of {run.total} samples."


def _room(holder: Run | Round) -> Decimal:
    """What is left of a cap."""
    assert holder.cap is not None
    return holder.cap - holder.settled - holder.reserved - holder.unknown
