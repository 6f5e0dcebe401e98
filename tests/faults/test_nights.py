"""Nights in which the clock is put forward or back, with two beats at every tick: one slot, one round, nothing twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from evaluations.models import Run, Schedule
from evaluations.services.schedules import save_schedule, tick_schedules
from tests.factories.evaluations import make_suite
from tests.faults.oracle import check
from tests.faults.world import World

pytestmark = pytest.mark.faults
ZONE = "Europe/Berlin"
# The hour from two to three comes twice in the first night and not at all in the second.
NIGHTS = [datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2027, 3, 27, 20, tzinfo=UTC)]
BEATS = 2


def nightly(world: World, night: datetime) -> Schedule:
    """A schedule at half past two, switched on that evening."""
    version = world.version()
    schedule = save_schedule(
        actor=None,
        name=f"Night of {night:%d %B}",
        suite=make_suite([world.evaluation(4).evaluation]),
        selector={"models": [version.model.slug], "stages": ["candidate"]},
        cron="30 2 * * *",
        zone=ZONE,
    )
    Schedule.objects.filter(pk=schedule.pk).update(ticked_to=night)
    return schedule


def ticks(night: datetime) -> Iterator[datetime]:
    for minutes in range(0, 12 * 60, 10):
        yield night + timedelta(minutes=minutes)


def tick(now: datetime) -> None:
    try:
        tick_schedules(now)
    finally:
        connections.close_all()


def test_a_night_that_changes_the_clock_runs_its_slot_once_however_many_beats_tick(world: World):
    world.worker()
    world.ticks()
    for night in NIGHTS:
        schedule = nightly(world, night)
        with ThreadPoolExecutor(BEATS) as beats:
            for now in ticks(night):
                list(beats.map(tick, [now] * BEATS))
        [slot] = schedule.slots.all()
        assert slot.outcome == "ran" and slot.round is not None
        [run] = slot.round.runs.all()
        run = world.finish(run)
        assert run.state == Run.State.DONE
        check(run, world)
        Schedule.objects.filter(pk=schedule.pk).update(enabled=False)
