"""The broker may be emptied or away, the database may restart, two clocks may tick: runs end as if nothing had been."""

import signal
import subprocess
import sys
import time

import pytest
from django.db import connections

from config.embedded.places import ROOT
from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey
from evaluations.models import Run
from tests.faults.oracle import check, faultless, sums
from tests.faults.world import World, wait_until

pytestmark = pytest.mark.faults


def test_a_flushed_broker_costs_seconds_and_nothing_else(world: World, valkey: Valkey):
    world.ticks()
    world.worker()
    run = world.start()
    world.some_done(run)
    with valkey.client() as broker:
        for _ in range(5):
            broker.flushall()
            time.sleep(0.2)
    world.strikes()
    run = world.finish(run)
    assert run.state == Run.State.DONE
    check(run, world)
    assert sums(run) == faultless(run, world)


PRESS = """
import sys, time, django
django.setup()
from evaluations.models import EvaluationVersion, ModelVersion
from evaluations.services.runs import start_run
evaluation, version = map(int, sys.argv[1:])
began = time.monotonic()
start_run(
    actor=None,
    evaluation_version=EvaluationVersion.objects.get(pk=evaluation),
    model_version=ModelVersion.objects.get(pk=version),
)
sys.stdout.write(str(time.monotonic() - began))
"""


def test_a_run_started_while_the_broker_is_away_is_found_when_it_is_back(world: World, valkey: Valkey):
    evaluation, version = world.evaluation(10), world.version()
    valkey.stop()
    pressed = subprocess.run(
        [sys.executable, "-c", PRESS, str(evaluation.pk), str(version.pk)],
        env=world.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(pressed.stdout) < 3
    run = Run.objects.get()
    assert run.state == Run.State.QUEUED
    valkey.start()
    world.strikes()
    world.ticks()
    world.worker()
    run = world.finish(run)
    assert run.state == Run.State.DONE
    check(run, world)


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_the_broker_may_be_away_in_the_middle_of_a_run(world: World, valkey: Valkey, way: int):
    world.ticks()
    world.worker()
    run = world.start()
    world.some_done(run)
    valkey.child.ask_to_stop(way)
    assert valkey.child.wait_stopped(time.monotonic() + 5)
    time.sleep(1.5)
    valkey.start()
    world.strikes()
    run = world.finish(run)
    assert run.state == Run.State.DONE
    check(run, world, kills=1)


def test_two_beats_start_nothing_twice(world: World):
    world.beat()
    world.beat()
    world.worker()
    run = world.finish(world.start())
    assert run.state == Run.State.DONE
    check(run, world)
    assert sums(run) == faultless(run, world)


@pytest.mark.parametrize("way", ["fast", "immediate"])
def test_a_restarted_database_costs_only_calls_in_flight(way: str, own_postgres: Postgres, own_world: World):
    own_world.ticks()
    own_world.worker()
    run = own_world.start()
    own_world.some_done(run)
    connections["default"].close()
    own_postgres.child.ask_to_stop({"fast": signal.SIGINT, "immediate": signal.SIGQUIT}[way])
    assert own_postgres.child.wait_stopped(time.monotonic() + 10)
    time.sleep(0.5)
    own_postgres.start()
    own_world.strikes()
    wait_until(lambda: Run.objects.filter(pk=run.pk).exists())
    run = own_world.finish(run)
    assert run.state == Run.State.DONE
    check(run, own_world, kills=2)
    assert sums(run) == faultless(run, own_world)
