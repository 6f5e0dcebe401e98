"""The calendar: a month of every schedule's due moments, past and to come, and what each day took."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.models import Schedule, ScheduleSlot, SpendDay
from evaluations.queries.calendars import month_of
from evaluations.queries.due_times import unreadable
from evaluations.services.schedules import save_schedule
from tests.api_client import Caller
from tests.factories.evaluations import make_evaluation_version, make_round, make_run, make_suite
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
PAGE = "/schedules/calendar/"


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_user("viewer"))
    return client


def make_schedule(name: str = "Nightly", cron: str = "30 2 * * *", zone: str = "UTC", **fields) -> Schedule:
    suite = make_suite([make_evaluation_version().evaluation])
    return save_schedule(actor=None, name=name, suite=suite, cron=cron, zone=zone, **fields)


def make_slot(schedule: Schedule, at: datetime, outcome: str = "ran", **fields) -> ScheduleSlot:
    return ScheduleSlot.objects.create(schedule=schedule, due_at=at, outcome=outcome, **fields)


def text(reply) -> str:
    return " ".join(reply.content.decode().split())


def test_a_day_of_summer_time_holds_each_moment_once_where_it_belongs():
    """In Berlin 29 March 2026 has 23 hours and 25 October 25."""
    schedule = make_schedule(cron="30 * * * *", zone="Europe/Berlin")
    for month, day, hours in (("2026-03", 29, 23), ("2026-10", 25, 25)):
        start = datetime(2026, int(month[-2:]), day - 1, 22, tzinfo=UTC)
        for hour in range(48):
            at = start + timedelta(hours=hour, minutes=30)
            ScheduleSlot.objects.get_or_create(schedule=schedule, due_at=at, defaults={"outcome": "ran"})
        found = month_of([schedule], month, "Europe/Berlin")
        inside = next(one for one in found.days if one.date.day == day and one.inside)
        assert len([mark for mark in inside.marks if mark.kind == "ran"]) == hours


def test_what_is_to_come_is_shown_until_the_schedule_is_paused(reader: Client):
    schedule = make_schedule()
    later = (timezone.now() + timedelta(days=40)).strftime("%Y-%m")
    assert "to come" in text(reader.get(PAGE, {"month": later}))
    Schedule.objects.filter(pk=schedule.pk).update(enabled=False)
    assert "to come" not in text(reader.get(PAGE, {"month": later}))


def test_outcomes_reasons_and_spending_stand_on_their_day(reader: Client):
    schedule = make_schedule()
    make_slot(schedule, datetime(2026, 5, 4, 2, 30, tzinfo=UTC), round=make_round())
    make_slot(
        schedule,
        datetime(2026, 5, 5, 2, 30, tzinfo=UTC),
        "skipped",
        reason="The round before it is not over.",
    )
    run = make_run(make_evaluation_version(), round=make_round(schedule=schedule))
    SpendDay.objects.create(
        run=run, day=datetime(2026, 5, 4).date(), currency="USD", settled_money=Decimal("1.25")
    )
    month = text(reader.get(PAGE, {"month": "2026-05", "schedule": str(schedule.pk)}))
    assert "The round before it is not over." in month and "$1.25" in month
    listed = text(reader.get(PAGE, {"month": "2026-05", "show": "list", "kind": "skipped"}))
    assert "Tue 5 May, 02:30" in listed and "Mon 4 May" not in listed
    one = text(reader.get(PAGE, {"month": "2026-05", "show": "list", "day": "2026-05-04"}))
    assert "Mon 4 May, 02:30" in one and "Tue 5 May" not in one


@pytest.mark.parametrize("asked", ["0001-01", "9999-12", "2026-13", "x"])
def test_a_month_that_cannot_be_read_is_this_month(reader: Client, asked: str):
    make_schedule()
    assert timezone.now().strftime("%B %Y") in text(reader.get(PAGE, {"month": asked}))


def test_without_schedules_the_page_says_how_it_fills(reader: Client):
    assert "The calendar fills itself" in text(reader.get(PAGE))


def test_hundreds_of_moments_take_the_same_queries_and_stay_light(reader: Client):
    reader.get(PAGE)
    counts = []
    for number in range(2):
        schedule = make_schedule(f"Schedule {number}", enabled=False)
        start = datetime(2026, 5, 1, tzinfo=UTC)
        ScheduleSlot.objects.bulk_create(
            ScheduleSlot(schedule=schedule, due_at=start + timedelta(hours=hour), outcome="ran")
            for hour in range(700 if number else 3)
        )
        with CaptureQueriesContext(connection) as made:
            page = reader.get(PAGE, {"month": "2026-05"})
        counts.append(len(made))
        assert len(page.content) < 100_000
    assert counts[0] == counts[1] <= 9
    assert "more</a>" in text(page)


def test_the_api_gives_a_month():
    schedule = make_schedule(enabled=False)
    make_slot(schedule, datetime(2026, 5, 4, 2, 30, tzinfo=UTC))
    reader = Caller("read", user=make_user("viewer"))
    found = reader.get("/schedules/calendar/", {"month": "2026-05", "schedule": schedule.pk}).json()
    assert (found["month"], found["zone"], found["cut"]) == ("2026-05", "UTC", False)
    [moment] = found["moments"]
    assert (moment["kind"], moment["name"], moment["round"]) == ("ran", "Nightly", None)
    assert reader.get("/schedules/calendar/", {"month": "May"}).status_code == 400


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("every day at 7:30", "Perhaps you meant 30 7 * * *"),
        ("daily", "Perhaps you meant 0 7 * * *"),
        ("0 7 *", "Perhaps you meant 0 7 * * *"),
        ("0 0 7 * * 1-5", "Perhaps you meant 0 7 * * 1-5"),
        ("7 30 * * *", "The hour cannot be “30”; it goes from 0 to 23. Perhaps you meant 30 7 * * *"),
        ("0 7 * * 9", "The weekday cannot be “9”"),
        ("0 7 31 2 *", "that month has no such day"),
        ("", "Five fields are needed"),
    ],
)
def test_a_calendar_that_cannot_be_read_says_what_was_perhaps_meant(cron: str, words: str):
    assert words in unreadable(cron)
