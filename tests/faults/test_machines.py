"""Machines that run out of memory or disk, whose clocks are wrong, whose tables change under a run, or that only look busy."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from django.db import connection, connections, models
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from config import env
from config.embedded.places import forget_outside, state_folder
from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey
from config.embedded.words import Trouble
from evaluations.models import Response, Run
from tests.evaluations.providers.billing_server import BillingServer
from tests.faults.conftest import database_environment, name_of, served
from tests.faults.oracle import check, faultless, sums
from tests.faults.world import World, wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="Processes and mounts as Linux has them."),
]


def test_a_child_that_outgrew_its_memory_is_replaced_between_slices(world: World):
    world.environment["PLUMBLINE_SLICE_SECONDS"] = "1"
    world.server.switch(latency_ms=200)
    world.ticks()
    # The ticks have a worker of their own: here only slices are what a child is replaced after.
    world.worker(1, queues="scoring,imports,default")
    worker = world.worker(1, "--max-memory-per-child", "1", queues="calls")
    run = world.start(cases=30)
    world.some_done(run)
    first = {child.pid for child in psutil.Process(worker.pid).children()}
    run = world.finish(run)
    assert first.isdisjoint(child.pid for child in psutil.Process(worker.pid).children())
    assert run.state == Run.State.DONE
    check(run, world)
    assert sums(run) == faultless(run, world)


@pytest.mark.skipif(shutil.which("faketime") is None, reason="Debian's faketime is not installed.")
@pytest.mark.parametrize("off", ["+1h", "-1h"])
def test_a_worker_whose_clock_is_an_hour_off_takes_and_keeps_what_any_other_would(world: World, off: str):
    world.environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
    world.ticks()
    wrong = world.worker(before=["faketime", "-f", off])
    run = world.start()
    world.some_done(run)
    world.worker()
    [child, *_] = world.calling_children(wrong, run)
    child.kill()
    world.strikes()
    run = world.finish(run)
    assert run.state == Run.State.DONE
    check(run, world, kills=1)
    assert sums(run) == faultless(run, world)


def test_a_table_that_is_changed_during_a_run_holds_it_up_and_loses_nothing(world: World):
    world.ticks()
    world.worker()
    run = world.start()
    world.some_done(run)
    added: models.TextField[str | None, str | None] = models.TextField(null=True)
    added.set_attributes_from_name("added_meanwhile")
    with connection.schema_editor() as editor:
        editor.add_field(Response, added)
        time.sleep(3)
    world.strikes()
    try:
        run = world.finish(run)
        assert run.state == Run.State.DONE
        check(run, world, kills=1)
        assert sums(run) == faultless(run, world)
    finally:
        with connection.schema_editor() as editor:
            editor.remove_field(Response, added)


def test_a_worker_that_is_up_but_takes_nothing_is_seen_as_red(
    world: World, valkey: Valkey, client: Client, settings: Settings
):
    settings.BROKER_URL = env.redis_url(valkey.url())
    idle = world.worker(queues="another")
    run = world.start(cases=8)
    run.items.model.objects.filter(run=run).update(not_before=None)
    Run.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(minutes=2))
    facts = wait_until(lambda: (found := client.get("/healthz").json())["workers"] and found)
    assert idle.poll() is None
    assert (facts["status"], facts["work"], facts["workers"]) == ("down", "stuck", 1)
    assert client.get("/healthz").status_code == 503
    world.strikes()
    world.ticks()
    world.worker()
    check(world.finish(run), world)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 320 MB for the database and nothing else; skips where none can be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="plumbline-disk-", dir="/tmp"))
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=320m,mode=0755", "none", str(folder)], capture_output=True
        ).returncode
    )
    if not mounted:
        folder.rmdir()
        pytest.skip("A small disk can only be mounted as root.")
    yield state_folder(folder / "state")
    forget_outside(folder / "state")
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


def test_a_full_disk_stops_work_and_when_there_is_room_again_it_goes_on(
    small_disk: Path,
    transactional_db: None,
    django_db_blocker: DjangoDbBlocker,
    valkey: Valkey,
    billing: BillingServer,
    tmp_path: Path,
    settings: Settings,
    request: pytest.FixtureRequest,
):
    settings.PRIVATE_ENDPOINTS = [f"127.0.0.1:{billing.port}"]
    with served(small_disk, django_db_blocker) as database:
        world = World(database_environment(database), valkey.url(), tmp_path, billing, name_of(request))
        try:
            run = _fill_and_free(world, database, small_disk)
            assert run.state == Run.State.DONE
            check(run, world, kills=3)
            assert sums(run) == faultless(run, world)
        finally:
            world.stop()


def _fill_and_free(world: World, database: Postgres, disk: Path) -> Run:
    """The run that ended after its database had no room for a while."""
    world.server.switch(latency_ms=150)
    world.ticks()
    world.worker()
    run = world.start(cases=60)
    world.some_done(run)
    done = Run.objects.get(pk=run.pk).done
    assert done < run.items.count()
    filler = fill(disk / "filler")
    time.sleep(6)
    filler.unlink()
    connections["default"].close()
    revive(database)
    world.strikes()
    wait_until(lambda: Run.objects.filter(pk=run.pk).exists())
    return world.finish(run, 90)


def fill(path: Path) -> Path:
    """Writes until there is no room left."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            block = b"\1" * size
            try:
                while True:
                    file.write(block)
            except OSError:
                continue
    return path


def revive(database: Postgres) -> None:
    """What the supervisor does with a server that gave up."""
    for _ in range(5):
        if database.child.running:
            try:
                database.wait_ready(10)
                return
            except Trouble:
                continue
        database.start()
