"""Providers that fail for a while use no sample up; budgets and cancelling hold whatever happens."""

from decimal import Decimal

import pytest

from evaluations.models import Response, Run, WorkItem
from evaluations.services.rounds import start_round
from evaluations.services.runs import cancel_run
from tests.factories.evaluations import make_dataset_version, make_evaluation_version
from tests.faults.oracle import check, faultless, sums
from tests.faults.world import IN_FLIGHT, World, wait_until

pytestmark = pytest.mark.faults


def test_a_provider_that_is_away_for_a_while_pauses_the_run_and_uses_no_sample_up(world: World):
    world.ticks()
    world.worker()
    run = world.start()
    world.some_done(run)
    world.server.switch(fault="503", fault_for_s=3)
    wait_until(lambda: Run.objects.get(pk=run.pk).paused_since)
    paused = Run.objects.get(pk=run.pk)
    assert "failed several times" in paused.paused_reason
    world.strikes()
    run = world.finish(run)
    assert (run.state, run.failed, run.paused_reason) == (Run.State.DONE, 0, "")
    check(run, world)
    assert sums(run) == faultless(run, world)


def test_a_provider_that_asks_to_wait_is_waited_for(world: World):
    world.server.switch(fault="429", fault_calls=4, retry_after="1")
    world.ticks()
    world.worker()
    run = world.finish(world.start(cases=12))
    assert (run.state, run.failed) == (Run.State.DONE, 0)
    check(run, world)
    assert run.calls == 16


def test_one_sample_that_always_fails_is_missing_and_the_others_are_not(world: World):
    world.ticks()
    world.worker()
    cases = [{"key": f"case-{number}", "input": f"Text {number}"} for number in range(6)]
    cases[2]["input"] = "Text [[500]]"
    evaluation = make_evaluation_version(make_dataset_version(cases))
    run = world.finish(world.start(evaluation_version=evaluation))
    assert (run.state, run.done, run.failed) == (Run.State.PARTIAL, 5, 1)
    missing = run.items.get(state=WorkItem.State.FAILED)
    assert missing.case.key == "case-2"
    assert "The same error came 3 times" in missing.error
    check(run, world)


@pytest.mark.parametrize(("api_id", "words"), [("fault-401", "key"), ("gone", "does not know this model")])
def test_a_run_that_cannot_go_on_ends_at_once_and_says_why(world: World, api_id: str, words: str):
    world.ticks()
    world.worker()
    run = world.finish(world.start(api_id=api_id))
    assert run.state == Run.State.FAILED
    assert words in run.failure
    assert run.calls <= IN_FLIGHT
    check(run, world)
    assert run.model_version.events.filter(kind="gone").exists() == (api_id == "gone")


def test_after_cancelling_no_call_starts(world: World):
    world.server.switch(latency_ms=150)
    world.ticks()
    world.worker()
    run = world.start(cases=100)
    world.some_done(run)
    run = cancel_run(actor=None, run=run)
    calls = Run.objects.get(pk=run.pk).calls
    run = world.finish(run)
    assert run.state == Run.State.CANCELLED
    assert run.calls == calls < 100
    wait_until(lambda: not run.ledger.filter(state="intent").exists())
    run.refresh_from_db()
    check(run, world)


def test_four_workers_cannot_overrun_the_budget_of_a_round(world: World):
    world.server.switch(latency_ms=20)
    world.ticks()
    world.worker(concurrency=4)
    evaluation, model = world.evaluation(20), world.model()
    shared = start_round(
        actor=None,
        name="A race",
        evaluation_versions=[evaluation],
        model_versions=[world.version(model) for _ in range(4)],
        cap=Decimal(30),
        cap_unit="calls",
    )
    runs = [world.finish(run) for run in shared.runs.all()]
    shared.refresh_from_db()
    assert len(world.server.bill()) == 30 == shared.settled
    assert shared.reserved == 0 == shared.unknown
    assert sum(run.done for run in runs) == 30 == Response.objects.filter(run__in=runs).count()
    assert {item for run in runs for item in run.items.values_list("state", flat=True)} <= {
        "done",
        "cancelled",
    }
    for run in runs:
        check(run, world)
    cut = [run for run in runs if run.done < 20]
    assert cut and all("The budget of 30 calls was reached" in run.failure for run in cut)
