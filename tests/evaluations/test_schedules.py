from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from evaluations.models import Run, Schedule, ScheduleSlot
from evaluations.queries.due_times import describe_cron, next_times
from evaluations.services.evaluations import create_suite
from evaluations.services.schedules import run_now, save_schedule, tick_schedules
from tests.factories.evaluations import make_evaluation_version, make_finished_run, make_model_version

pytestmark = pytest.mark.django_db


def make_schedule(**fields: Any) -> Schedule:
    evaluation = make_evaluation_version()
    version = make_model_version()
    suite = create_suite(
        actor=None, slug=f"suite-{evaluation.pk}", name="Suite", evaluations=[evaluation.evaluation]
    )
    given: dict[str, Any] = {
        "name": f"Schedule {evaluation.pk}",
        "suite": suite,
        "cron": "0 7 * * *",
        "zone": "UTC",
        "cap_unit": "calls",
        "selector": {"models": [version.model.slug]},
    } | fields
    return save_schedule(actor=None, **given)


def aged(schedule: Schedule, days: float) -> Schedule:
    Schedule.objects.filter(pk=schedule.pk).update(ticked_to=timezone.now() - timedelta(days=days))
    return schedule


def test_times_are_looked_for_no_further_than_asked() -> None:
    """The next such day comes four years later: whoever looks for five would be there for long."""
    start, end = datetime(2028, 2, 28, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)
    assert next_times("0 7 29 2 *", "UTC", start, 5, end) == [datetime(2028, 2, 29, 7, tzinfo=UTC)]
    assert next_times("0 7 * * *", "UTC", start, 2, end) == [
        datetime(2028, 2, day, 7, tzinfo=UTC) for day in (28, 29)
    ]
    assert next_times("0 0 * * *", "UTC", start, 9, end)[-1] == end


def test_the_repeated_hour_in_autumn_fires_once():
    times = next_times("30 2 * * *", "Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
    assert [time.astimezone(UTC).day for time in times] == [25, 26]


def test_a_time_inside_the_spring_gap_still_fires_that_day():
    [first, second] = next_times("30 2 * * *", "Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC), 2)
    assert (first.day, second.day) == (29, 30)


@pytest.mark.parametrize("cron", ["", "every day", "61 * * * *", "* * *"])
def test_a_cron_that_cannot_be_read_says_what_is_needed(cron: str):
    with pytest.raises(
        ValidationError, match="Five fields are needed|The minute cannot be “61”; it goes from 0 to 59"
    ):
        next_times(cron, "UTC", timezone.now(), 1)


def test_an_unknown_zone_says_what_a_zone_looks_like():
    with pytest.raises(ValidationError, match="Europe/Berlin"):
        next_times("0 7 * * *", "Mars/Base", timezone.now(), 1)


def test_a_cron_is_said_in_words():
    assert "07:00" in describe_cron("0 7 * * 1-5", "Europe/Berlin") and "Europe/Berlin" in describe_cron(
        "0 7 * * 1-5", "Europe/Berlin"
    )


def test_a_due_slot_starts_a_round_for_the_versions_it_found():
    schedule = aged(make_schedule(), 0.9)
    due = next_times("0 7 * * *", "UTC", timezone.now() - timedelta(days=0.9), 1)[0]
    tick_schedules(now=due + timedelta(seconds=20))
    slot = schedule.slots.get()
    assert (slot.outcome, slot.due_at) == (ScheduleSlot.Outcome.RAN, due)
    assert slot.round is not None and slot.round.runs.count() == 1
    assert slot.resolved == [slot.round.runs.get().model_version.label]


def test_ticking_twice_starts_nothing_twice():
    aged(make_schedule(), 1)
    now = timezone.now()
    tick_schedules(now=now)
    tick_schedules(now=now)
    assert Run.objects.count() == 1


def test_missed_slots_are_skipped_and_only_the_last_runs_late():
    schedule = aged(make_schedule(cron="0 * * * *"), 0.2)
    tick_schedules(now=timezone.now().replace(minute=30))
    outcomes = list(schedule.slots.order_by("due_at").values_list("outcome", flat=True))
    assert set(outcomes[:-1]) == {"skipped"} and outcomes[-1] == "late"
    assert all(slot.reason for slot in schedule.slots.all())


def test_a_schedule_that_skips_what_it_missed_starts_nothing_late():
    schedule = aged(make_schedule(cron="0 * * * *", misfire="skip"), 0.2)
    tick_schedules(now=timezone.now().replace(minute=30))
    assert set(schedule.slots.values_list("outcome", flat=True)) == {"skipped"}


def test_a_round_still_running_makes_the_next_slot_skip():
    schedule = aged(make_schedule(), 1)
    tick_schedules(now=timezone.now())
    aged(schedule, 1)
    ScheduleSlot.objects.update(due_at=timezone.now() - timedelta(days=3))
    tick_schedules(now=timezone.now())
    assert "still running" in schedule.slots.order_by("-due_at")[0].reason


def test_a_frozen_version_with_results_is_not_run_again():
    schedule = make_schedule()
    version = make_model_version()
    evaluation = schedule.suite.evaluations.get().versions.get()
    make_finished_run(evaluation_version=evaluation, model_version=version)
    save_schedule(actor=None, schedule=schedule, selector={"models": [version.model.slug]})
    aged(schedule, 1)
    tick_schedules(now=timezone.now())
    assert "fresh results" in schedule.slots.get().reason


def test_a_disabled_schedule_has_no_slots():
    schedule = aged(make_schedule(enabled=False), 1)
    assert tick_schedules(now=timezone.now()) == 0
    assert not schedule.slots.exists()


def test_run_now_starts_a_round_outside_the_calendar():
    schedule = make_schedule()
    assert run_now(actor=None, schedule=schedule).runs.count() == 1
    assert not schedule.slots.exists()


@pytest.mark.django_db(transaction=True)
def test_two_tickers_at_once_make_one_round():
    aged(make_schedule(), 1)
    now = timezone.now()

    def tick() -> None:
        try:
            tick_schedules(now=now)
        finally:
            connection.close()

    threads = [Thread(target=tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ScheduleSlot.objects.count() == 1
    assert Run.objects.count() == 1


def test_a_schedule_whose_month_is_spent_skips_with_that_reason():
    schedule = aged(make_schedule(month_cap=Decimal(0)), 1)
    tick_schedules()
    slot = schedule.slots.latest("due_at")
    assert slot.outcome == "skipped" and not Run.objects.exists()
    assert "The budget of 0 calls a month for the schedule" in slot.reason
    save_schedule(actor=None, schedule=schedule, month_cap=Decimal(5))
    aged(schedule, 1)
    schedule.slots.all().delete()
    tick_schedules()
    assert schedule.slots.latest("due_at").outcome in ("ran", "late")


def test_a_round_that_waits_for_a_budget_is_named_as_the_reason_of_a_skip():
    schedule = aged(make_schedule(), 1)
    tick_schedules()
    Run.objects.update(
        state="running", paused_since=timezone.now(), paused_reason="The budget of 5 USD is reached."
    )
    aged(schedule, 1)
    schedule.slots.update(due_at=timezone.now() - timedelta(days=3))
    tick_schedules()
    assert (
        schedule.slots.latest("due_at").reason
        == "The round before it is not over. The budget of 5 USD is reached."
    )


def test_of_versions_that_may_change_only_those_without_recent_results_run_where_that_is_asked():
    schedule = make_schedule(selector={"stale_only": True})
    evaluation = schedule.suite.evaluations.get().versions.get()
    fresh, old = (make_model_version(floating=True) for _ in range(2))
    make_finished_run([1, 1, 1], evaluation, fresh, finished_at=timezone.now())
    make_finished_run([1, 1, 1], evaluation, old, finished_at=timezone.now() - timedelta(days=31))
    schedule.selector = {"stale_only": True, "models": [fresh.model.slug, old.model.slug]}
    schedule.save()
    tick_schedules(timezone.now() + timedelta(days=1))
    assert schedule.slots.latest("due_at").resolved == [old.label]
