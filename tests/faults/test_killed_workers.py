"""Workers that die, freeze or are poisoned lose nothing and count nothing twice."""

import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from evaluations.models import CallLedger, Run, WorkItem
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model_version,
    make_provider,
)
from tests.faults.oracle import check, check_unbilled, faultless, sums
from tests.faults.world import LEASE_SECONDS, World, wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="Signals as Linux has them."),
]


def test_a_killed_child_costs_only_its_calls_in_flight(world: World):
    world.ticks()
    worker = world.worker()
    run = world.start()
    world.some_done(run)
    world.calling_children(worker, run)[0].kill()
    world.strikes()
    run = world.finish(run)
    assert run.state == Run.State.DONE
    check(run, world, kills=1)
    assert sums(run) == faultless(run, world)


def test_a_killed_worker_takes_its_children_along_and_the_next_one_goes_on(world: World):
    world.ticks()
    worker = world.worker()
    run = world.start()
    world.some_done(run)
    children = psutil.Process(worker.pid).children(recursive=True)
    worker.kill()
    world.strikes()
    gone, alive = psutil.wait_procs(children, timeout=5)
    assert gone and not alive
    world.worker()
    run = world.finish(run)
    assert run.state == Run.State.DONE
    check(run, world, kills=1)
    assert sums(run) == faultless(run, world)


def test_a_worker_killed_while_it_held_no_sample_is_missed_as_soon(world: World):
    """While it scored: no lease runs out, so only the silence of the run tells. A second kick would come too late for this test."""
    world.environment["PLUMBLINE_KICK_SECONDS"] = "600"
    run = world.start(cases=8)
    world.beat()
    worker = world.worker()
    with world.stopped_at("evaluations_score"):
        assert not run.items.filter(state=WorkItem.State.LEASED).exists()
        world.kill_children(worker)
    world.strikes()
    run = world.finish(run)
    assert run.state == Run.State.DONE
    check(run, world)
    assert sums(run) == faultless(run, world)


def test_a_worker_that_is_asked_to_stop_ends_its_calls_and_loses_none(world: World):
    world.ticks()
    worker = world.worker()
    run = world.start()
    world.some_done(run)
    worker.send_signal(signal.SIGTERM)
    worker.wait(15)
    world.strikes()
    assert not CallLedger.objects.filter(run=run, state="intent").exists()
    world.worker()
    run = world.finish(run)
    check(run, world, kills=0)


def test_a_worker_frozen_past_its_lease_writes_nothing_when_it_wakes(world: World):
    world.ticks()
    worker = world.worker()
    run = world.start()
    world.some_done(run)
    frozen = world.freeze_calling_child(worker, run)
    world.strikes()
    wait_until(lambda: CallLedger.objects.filter(run=run, state="unknown").exists())
    wait_until(lambda: Run.objects.get(pk=run.pk).done > 10)
    frozen.resume()
    run = world.finish(run)
    wait_until(lambda: not CallLedger.objects.filter(run=run, state="intent").exists())
    time.sleep(LEASE_SECONDS / 2)
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    check(run, world, kills=1)
    assert sums(run) == faultless(run, world)


POISON = """
import os, signal

def answer(case_input, parameters):
    if case_input == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    return "yes"
"""


def test_a_sample_that_kills_its_worker_is_given_up_after_three_times(world: World, tmp_path: Path):
    package = tmp_path / "package"
    facts = package / "plumbline_poison-1.dist-info"
    facts.mkdir(parents=True)
    (package / "plumbline_poison.py").write_text(POISON)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: plumbline-poison\nVersion: 1\n")
    (facts / "entry_points.txt").write_text("[plumbline.callables]\npoison = plumbline_poison:answer\n")
    world.environment["PYTHONPATH"] = str(package)
    world.ticks()
    world.worker()
    cases = [{"key": f"case-{number}", "input": "poison" if number == 7 else "fine"} for number in range(20)]
    version = make_model_version(provider=make_provider("process"), api_id="poison", parameters={})
    run = world.finish(
        world.start(
            evaluation_version=make_evaluation_version(make_dataset_version(cases)), model_version=version
        )
    )
    assert (run.state, run.done, run.failed) == (Run.State.PARTIAL, 19, 1)
    given_up = run.items.get(state=WorkItem.State.FAILED)
    assert (given_up.case.key, given_up.crashes, given_up.error_class) == ("case-7", 3, "crash")
    check_unbilled(run, world.name)
