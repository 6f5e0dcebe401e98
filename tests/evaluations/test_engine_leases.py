"""Claims, fences, intents and what becomes of a worker that died or came back too late."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings as site
from django.db import connection, transaction
from django.utils import timezone

from evaluations.engine.advance import advance_run
from evaluations.engine.calling import Outcome
from evaluations.engine.chain import Onward, hand_on, take
from evaluations.engine.claim import claim, release
from evaluations.engine.kick import stalled_runs
from evaluations.engine.ledger import Prepared, Written, write_intents
from evaluations.engine.reaper import reap
from evaluations.engine.recording import Books, record_outcomes
from evaluations.engine.share import slice_seconds
from evaluations.models import CallLedger, Response, Run, WorkItem
from evaluations.providers.prices import Prices
from evaluations.providers.types import ErrorKind, ProviderError, Reply, Request
from evaluations.queries.health import work_state
from evaluations.services.spend import Bound, Refusal
from evaluations.tasks import reap_task
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_round,
    make_run,
)

pytestmark = pytest.mark.django_db

PRICES = Prices(per_call=Decimal("0.5"))


def running(cases=3, **fields):
    evaluation = make_evaluation_version(make_dataset_version(cases))
    fields.setdefault("state", Run.State.RUNNING)
    return make_run(evaluation, make_model_version(), **fields)


def prepared(items, highest="1"):
    request = Request(messages=(), api_id="m", request_id="r")
    return [Prepared(item, request, Bound(Decimal(highest), Decimal(highest)), 1) for item in items]


def intents_of(run, count=3, worker="w1", highest="1"):
    written = write_intents(run, run.chain_token, prepared(claim(run, worker, count), highest))
    assert written.refusal is None
    return written.intents


def replies(intents, text="yes", model="m-1"):
    return [Outcome(intent, reply=Reply(text=text, raw=b"", resolved_model=model)) for intent in intents]


def age_leases(run, seconds=60):
    run.items.update(lease_until=timezone.now() - timedelta(seconds=seconds))


def test_an_item_is_claimed_by_one_worker_with_a_fence_nobody_had(query_count):
    run = running()
    with query_count(2):
        first = claim(run, "w1", 2)
    second = claim(run, "w2", 10)
    assert [len(first), len(second), len(claim(run, "w3", 10))] == [2, 1, 0]
    fences = [item.fence for item in first + second]
    assert len(set(fences)) == 3 and min(fences) > 0


def test_a_claim_takes_no_more_than_asked_whatever_the_planner_chooses():
    """A nested loop runs its inner side again for every row: a LIMIT there holds for one turn, not for the statement."""
    run = running(6)
    with transaction.atomic(), connection.cursor() as cursor:
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "indexscan", "bitmapscan", "material"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        assert len(claim(run, "w1", 2)) == 2


def test_released_items_come_back_when_they_are_due():
    run = running()
    release(claim(run, "w1", 3), delay=60)
    assert claim(run, "w2", 3) == []
    run.items.update(not_before=timezone.now() - timedelta(seconds=1))
    assert len(claim(run, "w2", 3)) == 3


def test_the_intent_is_written_with_the_highest_cost_before_anything_is_called(query_count):
    run = running(round=make_round(cap=Decimal(10)), cap=Decimal(10))
    items = prepared(claim(run, "w1", 3), "2")
    with query_count(4):
        written = write_intents(run, run.chain_token, items)
    assert (len(written.intents), written.tried, written.refusal) == (3, 3, None)
    run.refresh_from_db()
    assert (run.reserved, run.calls, run.round.__class__.objects.get().reserved) == (6, 3, 6)
    assert set(run.ledger.values_list("state", "highest")) == {(CallLedger.State.INTENT, Decimal(2))}


def test_a_budget_gives_what_still_fits_and_never_more():
    run = running(cap=Decimal("1.5"))
    items = prepared(claim(run, "w1", 3))
    first = write_intents(run, run.chain_token, items)
    assert (len(first.intents), first.tried) == (1, 1)
    assert write_intents(run, run.chain_token, items[1:]) == Written([], 0, Refusal.WAIT)
    run.refresh_from_db()
    assert run.reserved == 1


def test_a_budget_of_the_round_holds_too():
    shared = make_round(cap=Decimal(2))
    first, second = running(round=shared), running(round=shared)
    assert len(intents_of(first, 2)) == 2
    refused = write_intents(second, second.chain_token, prepared(claim(second, "w2", 1)))
    assert refused == Written([], 0, Refusal.WAIT)
    second.refresh_from_db()
    assert second.reserved == 0


def test_no_call_starts_for_a_cancelled_run_or_a_foreign_chain():
    run = running()
    items = prepared(claim(run, "w1", 3))
    assert write_intents(run, uuid.uuid4(), items).refusal is Refusal.STOPPED
    Run.objects.filter(pk=run.pk).update(cancel_requested_at=timezone.now())
    assert write_intents(run, run.chain_token, items).refusal is Refusal.STOPPED
    assert not run.ledger.exists()


def test_an_item_whose_lease_was_lost_is_not_called_and_its_reservation_goes_back():
    run = running()
    items = claim(run, "w1", 3)
    run.items.filter(pk=items[0].id).update(lease_until=timezone.now() - timedelta(seconds=1))
    intents = write_intents(run, run.chain_token, prepared(items)).intents
    run.refresh_from_db()
    assert (len(intents), run.reserved, run.calls) == (2, 2, 2)


def test_results_are_stored_and_settled_in_one_go(query_count):
    run = running()
    outcomes = replies(intents_of(run))
    with query_count(8):
        record_outcomes(Books(run, PRICES), outcomes)
    run.refresh_from_db()
    assert (run.done, run.settled, run.reserved, run.cost) == (3, Decimal("1.5"), 0, Decimal("1.5"))
    assert run.resolved_model == "m-1"
    assert Response.objects.filter(run=run).count() == 3


def test_storing_the_same_results_twice_changes_nothing():
    run = running()
    outcomes = replies(intents_of(run))
    record_outcomes(Books(run, PRICES), outcomes)
    record_outcomes(Books(run, PRICES), outcomes)
    run.refresh_from_db()
    assert (run.done, run.settled, Response.objects.filter(run=run).count()) == (3, Decimal("1.5"), 3)


def test_a_zombie_writes_nothing_but_its_cost_is_kept():
    run = running(cases=1)
    late = replies(intents_of(run, 1), text="zombie")
    age_leases(run)
    assert reap() == {run.pk: 1}
    run.refresh_from_db()
    assert (run.unknown, run.reserved, run.calls_unknown) == (1, 0, 1)
    again = claim(run, "w2", 1, suspect=True)
    intents = write_intents(run, run.chain_token, prepared(again)).intents
    record_outcomes(Books(run, PRICES), late)
    run.refresh_from_db()
    assert (run.done, run.settled, run.unknown) == (0, Decimal("0.5"), 0)
    record_outcomes(Books(run, PRICES), replies(intents, text="alive"))
    output = Response.objects.get(run=run).output
    assert output is not None and output.text == "alive"
    run.refresh_from_db()
    assert (run.done, run.settled, run.reserved) == (1, 1, 0)


def test_a_sample_that_kills_its_worker_three_times_is_given_up_and_innocent_ones_are_not():
    run = running(cases=2)
    for crash in range(3):
        suspects = claim(run, f"w{crash}", 1, suspect=crash > 0)
        others = claim(run, f"w{crash}", 5)
        write_intents(run, run.chain_token, prepared(suspects))
        age_leases(run)
        assert reap() == {run.pk: len(suspects) + len(others)}
    first, second = run.items.order_by("id")
    assert (first.state, first.crashes, first.error_class) == (WorkItem.State.FAILED, 3, "crash")
    assert (second.state, second.crashes) == (WorkItem.State.PENDING, 0)
    run.refresh_from_db()
    assert (run.failed, run.unknown, run.calls_unknown) == (1, 3, 3)


def failure(kind=ErrorKind.RETRYABLE, **fields):
    return ProviderError(kind, "It failed.", **fields)


def test_an_outage_uses_no_item_up():
    run = running(cases=1)
    for _ in range(20):
        run.items.update(not_before=None)
        [intent] = intents_of(run, 1)
        record_outcomes(Books(run, PRICES), [Outcome(intent, error=failure(status=503, body_digest="a"))])
    item = run.items.get()
    assert (item.state, item.attempts, item.error_class) == (WorkItem.State.PENDING, 20, "outage")
    run.refresh_from_db()
    assert (run.reserved, run.unknown, run.settled) == (0, 0, 0)


def test_the_same_broken_reply_three_times_gives_an_item_up():
    run = running(cases=1)
    for _ in range(3):
        run.items.update(not_before=None)
        [intent] = intents_of(run, 1)
        record_outcomes(Books(run, PRICES), [Outcome(intent, error=failure(status=500, body_digest="a"))])
    item = run.items.get()
    assert (item.state, item.error) == (WorkItem.State.FAILED, "The same error came 3 times. It failed.")
    run.refresh_from_db()
    assert run.failed == 1


def test_an_item_that_failed_for_too_long_is_given_up():
    run = running(cases=1)
    run.items.update(retry_deadline=timezone.now() - timedelta(seconds=1))
    [intent] = intents_of(run, 1)
    record_outcomes(Books(run, PRICES), [Outcome(intent, error=failure(status=503))])
    assert run.items.get().state == WorkItem.State.FAILED


def test_retry_after_is_kept():
    run = running(cases=1)
    [intent] = intents_of(run, 1)
    error = failure(ErrorKind.RATE_LIMITED, status=429, retry_after=120)
    record_outcomes(Books(run, PRICES), [Outcome(intent, error=error)])
    assert (run.items.get().not_before - timezone.now()).total_seconds() > 118


def test_a_call_that_may_have_been_billed_counts_at_its_highest():
    run = running(cases=3)
    cut_off, refused, unsent = intents_of(run)
    outcomes = [
        Outcome(cut_off, error=failure()),
        Outcome(refused, error=failure(status=500)),
        Outcome(unsent, error=failure(never_sent=True)),
    ]
    record_outcomes(Books(run, PRICES), outcomes)
    run.refresh_from_db()
    assert (run.unknown, run.reserved, run.calls_unknown) == (1, 0, 1)


def test_two_model_ids_in_one_run_are_marked():
    run = running()
    first, *others = intents_of(run)
    record_outcomes(Books(run, PRICES), replies([first], model="m-1"))
    record_outcomes(Books(run, PRICES), replies(others, model="m-2"))
    run.refresh_from_db()
    assert (run.resolved_model, run.mixed_models) == ("m-1", True)


def test_a_token_drives_one_slice_only():
    run = make_run()
    token = run.chain_token
    assert take(run.pk, token) is not None
    assert take(run.pk, token) is None
    assert advance_run(run.pk, token) is None


def test_a_kick_finds_silent_runs_once_and_the_first_message_of_either_leads():
    """A message that only waited longer than a lease is still good: a slow queue never stands a run still."""
    run, fresh = make_run(), make_run()
    Run.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(minutes=1))
    late = run.chain_token
    [kicked] = stalled_runs()
    assert kicked.run_id == run.pk
    assert stalled_runs() == []
    leading = take(run.pk, late)
    assert leading is not None
    assert take(run.pk, kicked.token) is None
    assert hand_on(run.pk, leading) == Onward(run.pk, leading)
    assert take(fresh.pk, fresh.chain_token) is not None


def test_a_kick_takes_a_silent_run_from_whoever_led_it():
    run = make_run()
    held = take(run.pk, run.chain_token)
    assert held is not None
    Run.objects.filter(pk=run.pk).update(chain_beat_at=timezone.now() - timedelta(minutes=1))
    [kicked] = stalled_runs()
    assert take(run.pk, kicked.token) is not None
    assert hand_on(run.pk, held) is None


def test_a_run_whose_worker_died_goes_on_as_soon_as_its_samples_are_taken_back():
    """At most a lease and a turn of the reaper after the death; and only one chain comes of both."""
    dead = running()
    leading = take(dead.pk, dead.chain_token)
    claim(dead, "w1", 2)
    age_leases(dead)
    Run.objects.update(chain_beat_at=timezone.now() - timedelta(minutes=1))
    assert leading is not None
    assert reap() == {dead.pk: 2}
    assert stalled_runs() == [Onward(dead.pk, leading)]
    assert stalled_runs() == []


def silent_for(run: Run, seconds: float, kicked: float | None = None) -> None:
    """kicked: seconds ago."""
    now = timezone.now()
    Run.objects.filter(pk=run.pk).update(
        created_at=now - timedelta(days=1),
        chain_beat_at=now - timedelta(seconds=seconds),
        kicked_at=now - timedelta(seconds=kicked) if kicked is not None else None,
    )


@pytest.mark.parametrize("state", [Run.State.QUEUED, Run.State.RUNNING, Run.State.SCORING])
def test_a_run_whose_worker_died_holding_nothing_is_woken_by_the_reapers_next_turn(
    state: str, monkeypatch: pytest.MonkeyPatch
):
    run = make_run(state=state)
    silent_for(run, site.LEASE_SECONDS + 1)
    sent: list[Onward | None] = []
    monkeypatch.setattr("evaluations.tasks.go_on", sent.append)
    reap_task()
    assert sent == [Onward(run.pk, run.chain_token, scoring=state == Run.State.SCORING)]


def test_a_kick_that_moved_nothing_is_repeated_after_a_while_only(query_count):
    """Messages of many runs may wait in a long queue: they are not sent again every few seconds."""
    run = running()
    silent_for(run, 120, kicked=25)
    with query_count(1):
        assert stalled_runs() == []
    silent_for(run, 120, kicked=31)
    assert [kicked.run_id for kicked in stalled_runs()] == [run.pk]


def test_a_run_that_moved_after_its_kick_and_fell_silent_again_waits_for_nothing():
    run = running()
    silent_for(run, site.LEASE_SECONDS + 1, kicked=site.LEASE_SECONDS + 5)
    assert [kicked.run_id for kicked in stalled_runs()] == [run.pk]


def test_a_kick_is_no_sign_that_work_moves():
    run = running()
    silent_for(run, 120)
    assert stalled_runs()
    assert work_state().idle_seconds > 100


def test_samples_that_were_taken_back_kick_no_run_that_somebody_leads():
    run = running()
    claim(run, "w1", 2)
    age_leases(run)
    assert take(run.pk, run.chain_token) is not None
    assert reap() == {run.pk: 2}
    assert stalled_runs() == []


def test_a_kick_leaves_finished_runs_and_runs_that_wait_for_pushes():
    make_finished_run([1])
    pushed = make_run(origin="push", state=Run.State.RUNNING)
    Run.objects.filter(pk=pushed.pk).update(created_at=timezone.now() - timedelta(days=1))
    assert stalled_runs() == []


def test_a_run_that_is_not_due_yet_calls_nobody_and_asks_for_a_later_turn(settings):
    settings.SLICE_SECONDS = 30
    bulk = make_round(priority=3)
    runs = [make_run(round=bulk, priority=3) for _ in range(6)]
    make_run(priority=1)
    onward = advance_run(runs[5].pk, runs[5].chain_token)
    assert onward is not None and onward.delay == 15
    runs[5].refresh_from_db()
    assert (runs[5].state, runs[5].calls, runs[5].responses.count()) == ("queued", 0, 0)
    Run.objects.filter(pk=runs[0].pk).update(state=Run.State.DONE)
    assert slice_seconds(runs[5]) == 1


def test_a_round_alone_holds_none_of_its_runs_back(settings):
    settings.SLICE_SECONDS = 30
    bulk = make_round(priority=3)
    runs = [make_run(round=bulk, priority=3) for _ in range(7)]
    assert {slice_seconds(run) for run in runs} == {1}


def test_time_is_shared_between_rounds_by_priority(settings):
    settings.SLICE_SECONDS = 30
    bulk = make_round(priority=3)
    runs = [make_run(round=bulk, priority=3) for _ in range(5)]
    assert slice_seconds(runs[0]) == 1
    launch = make_run(priority=1)
    assert slice_seconds(launch) == 20
    Run.objects.exclude(pk=launch.pk).update(state=Run.State.DONE)
    assert slice_seconds(launch) == 30
