from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.models import Round, Schedule, ScheduleSlot
from evaluations.services.schedules import save_schedule
from tests.factories.capabilities import make_product
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model_version,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher(client):
    person = make_user("researcher")
    client.force_login(person)
    return person


@pytest.fixture
def suite():
    return make_suite([make_evaluation_version(make_dataset_version(3)).evaluation])


def schedule_of(suite, **fields) -> Schedule:
    given = {"name": "Every night", "cron": "30 2 * * *", "zone": "Europe/Berlin", **fields}
    return save_schedule(actor=None, suite=suite, **given)


def posted(chosen, **fields):
    return {
        "name": "Every night",
        "suite": chosen.slug,
        "cron": "30 2 * * *",
        "zone": "Europe/Berlin",
        "cap_unit": "calls",
        "priority": "2",
        "misfire": "skip",
        "overlap": "skip",
        "enabled": "on",
        **fields,
    }


def text(reply) -> str:
    return " ".join(reply.content.decode().split())


@pytest.mark.parametrize("path", ["/schedules/", "/schedules/new/", "/schedules/preview/", "/schedules/1/"])
def test_strangers_are_asked_to_sign_in(client, path) -> None:
    assert client.get(path).url == f"/sign-in/?next={path}"


def test_a_viewer_reads_schedules_and_changes_none(client, suite) -> None:
    schedule = schedule_of(suite)
    client.force_login(make_user("viewer"))
    assert "Run now" not in text(client.get(f"/schedules/{schedule.pk}/"))
    for path in (
        "/schedules/new/",
        *(f"/schedules/{schedule.pk}/{deed}/" for deed in ("edit", "run", "switch")),
    ):
        assert client.post(path).status_code == 403


def test_an_empty_list_offers_what_to_do(client, researcher) -> None:
    assert "No schedule yet" in text(client.get("/schedules/"))


def test_the_list_says_when_in_words_and_how_the_last_time_went(client, researcher, suite) -> None:
    schedule = schedule_of(suite)
    ScheduleSlot.objects.create(
        schedule=schedule,
        due_at=timezone.now(),
        outcome="skipped",
        reason="Nothing to run.",
        handled_at=timezone.now(),
    )
    page = text(client.get("/schedules/"))
    assert "At 02:30 every day (Europe/Berlin)" in page
    assert "Skipped" in page and "Nothing to run." in page


def test_a_schedule_is_made_with_its_selector_and_budget(client, researcher, suite) -> None:
    body = posted(suite, cap="100", sides=["own", "competitor"], floating_only="on")
    reply = client.post("/schedules/new/", body)
    made = Schedule.objects.get()
    assert reply.url == f"/schedules/{made.pk}/"
    assert made.selector == {"sides": ["own", "competitor"], "floating_only": True}
    assert (made.cap, made.misfire, made.created_by) == (Decimal(100), "skip", researcher)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"cron": "every day"}, "Five fields are needed"),
        ({"cron": "61 * * * *"}, "it goes from 0 to 59"),
        ({"cron": "0 0 30 2 *"}, "No such time ever comes: that month has no such day."),
        ({"zone": "Mars/Olympus"}, "There is no time zone"),
        ({"suite": ""}, "This field is required."),
        ({"cap": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_is_wrong_is_said_and_words_are_kept(client, researcher, suite, wrong, words) -> None:
    reply = client.post("/schedules/new/", posted(suite, name="Kept", **wrong))
    assert reply.status_code == 422
    assert words in text(reply) and 'value="Kept"' in text(reply)
    assert not Schedule.objects.exists()


def test_a_name_is_taken_once(client, researcher, suite) -> None:
    schedule_of(suite)
    assert "already exists" in text(client.post("/schedules/new/", posted(suite)))


def test_a_schedule_is_changed_as_it_stands(client, researcher, suite) -> None:
    schedule = schedule_of(suite, selector={"kinds": ["rules"]}, cap=2000)
    form = client.get(f"/schedules/{schedule.pk}/edit/").context["form"]
    assert (form["kinds"].value(), form["cap"].value()) == (["rules"], "2000")
    client.post(f"/schedules/{schedule.pk}/edit/", posted(suite, name="At noon", cron="0 12 * * *"))
    schedule.refresh_from_db()
    assert (schedule.name, schedule.cron, schedule.selector) == ("At noon", "0 12 * * *", {})


def test_times_and_cost_are_shown_while_typing(client, researcher, suite) -> None:
    make_model_version()
    query = {"cron": "0 7 * * 1-5", "zone": "Asia/Seoul", "suite": suite.slug, "sides": "own"}
    reply = client.get("/schedules/preview/", query)
    assert len(reply.context["when"].times) == 5
    assert all(at.hour == 7 and at.weekday() < 5 for at in reply.context["when"].times)
    assert (reply.context["preview"].each.calls, len(reply.context["found"])) == (3, 1)
    assert "Five fields are needed" in text(client.get("/schedules/preview/?cron=x"))


def test_without_script_a_button_shows_times_and_cost(client, researcher, suite) -> None:
    make_model_version()
    reply = client.post("/schedules/new/", posted(suite, preview="1"))
    assert (reply.status_code, reply.context["preview"].each.calls) == (200, 3)
    assert not Schedule.objects.exists()


def test_the_calendar_shows_what_became_of_each_due_moment_and_what_comes(client, researcher, suite) -> None:
    schedule = schedule_of(suite)
    due = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    ScheduleSlot.objects.create(
        schedule=schedule, due_at=due, outcome="late", reason="Started 9 minutes late.", handled_at=due
    )
    month = client.get(f"/schedules/{schedule.pk}/?month=2026-03").context["month"]
    [day] = [day for day in month.days if day.marks]
    assert (day.date.day, day.marks[0].time, day.marks[0].kind) == (29, "00:30", "late")
    assert (month.title, month.earlier, month.later) == ("March 2026", "2026-02", "2026-04")
    coming = (timezone.now() + timedelta(days=40)).strftime("%Y-%m")
    month = client.get(f"/schedules/{schedule.pk}/?month={coming}").context["month"]
    assert {mark.kind for day in month.days for mark in day.marks} == {"due"}
    assert client.get(f"/schedules/{schedule.pk}/?month=9999-99").status_code == 200


def test_many_due_moments_a_day_are_counted(client, researcher, suite) -> None:
    schedule = schedule_of(suite, cron="*/10 * * * *")
    month = client.get(f"/schedules/{schedule.pk}/").context["month"]
    busy = max(month.days, key=lambda day: len(day.marks))
    assert len(busy.shown) == 4 and busy.more > 0


def test_it_runs_now_and_is_paused_and_switched_on(client, researcher, suite) -> None:
    make_model_version()
    schedule = schedule_of(suite)
    started = client.post(f"/schedules/{schedule.pk}/run/")
    assert started.url == f"/rounds/{Round.objects.get().pk}/"
    client.post(f"/schedules/{schedule.pk}/switch/", {"enabled": "0"})
    schedule.refresh_from_db()
    assert not schedule.enabled
    assert "Paused" in text(client.get("/schedules/"))
    client.post(f"/schedules/{schedule.pk}/switch/", {"enabled": "1"})
    schedule.refresh_from_db()
    assert schedule.enabled


def test_running_now_without_a_version_says_why_not(client, researcher, suite) -> None:
    schedule = schedule_of(suite)
    refused = client.post(f"/schedules/{schedule.pk}/run/", follow=True)
    assert "no model version matches" in text(refused)


def test_pages_cost_the_same_for_few_and_many(client, researcher, suite) -> None:
    schedule = schedule_of(suite)
    sizes = []
    for number in range(1, 4):
        for day in range(number * 3):
            due = timezone.now() - timedelta(days=number * 10 + day)
            ScheduleSlot.objects.create(schedule=schedule, due_at=due, outcome="ran", handled_at=due)
        schedule_of(suite, name=f"schedule {number}")
        with CaptureQueriesContext(connection) as made:
            client.get("/schedules/")
            client.get(f"/schedules/{schedule.pk}/")
        sizes.append(len(made))
    assert sizes[0] == sizes[1] == sizes[2]


def test_the_preview_speaks_of_a_month_and_says_where_a_budget_is_short(client, researcher, suite) -> None:
    make_model_version()
    query = {
        "cron": "0 7 * * *",
        "zone": "UTC",
        "suite": suite.slug,
        "cap": "2",
        "month_cap": "50",
        "cap_unit": "calls",
    }
    page = text(client.get("/schedules/preview/", query))
    assert "30 times in the next 30 days: 90 calls" in page
    assert "Never more than 2 calls each time: <b>that may end runs" in page
    assert "Never more than 50 calls a month: <b>later times of the month may be skipped" in page


def test_budgets_of_a_time_a_run_and_a_month_are_kept_with_the_schedule(client, researcher, suite) -> None:
    make_product(key="VA", name="Voice")
    make_product(key="SEC", name="Secret", restricted=True)
    given = posted(suite, cap="9", run_cap="3", month_cap="100", charged_to="VA", stale_only="on")
    client.post("/schedules/new/", given)
    schedule = Schedule.objects.get()
    assert schedule.cap == 9 and schedule.run_cap == 3 and schedule.charged_to == "VA"
    assert schedule.selector == {"stale_only": True}
    assert [str(budget) for budget in schedule.budgets.all()] == [
        "100 calls a month for the schedule Every night"
    ]
    page = text(client.get(f"/schedules/{schedule.pk}/edit/"))
    assert 'value="100"' in page and "Voice" in page and "Secret" not in page
    assert "0 calls of 100 calls taken" in text(client.get(f"/schedules/{schedule.pk}/"))
    client.post(f"/schedules/{schedule.pk}/edit/", {**given, "month_cap": ""})
    assert not schedule.budgets.exists()
    assert client.post("/schedules/new/", {**given, "name": "Other", "charged_to": "SEC"}).status_code == 422
