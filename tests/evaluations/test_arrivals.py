"""Versions that run by themselves when they are registered."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from evaluations.models import Model, ModelVersion, Origin, Round, Schedule, ScheduleSlot
from evaluations.services.budgets import save_budget
from evaluations.services.models import register_version, set_stage
from evaluations.services.schedules import save_schedule, tick_schedules
from tests.factories.evaluations import (
    ALWAYS_YES,
    make_dataset_version,
    make_evaluation_version,
    make_model,
    make_run,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def make_waiting(**fields: Any) -> Schedule:
    """A schedule without a calendar that waits for versions of rules."""
    suite = make_suite([make_evaluation_version(make_dataset_version(3)).evaluation])
    given: dict[str, Any] = {
        "name": f"New ones of {suite.slug}",
        "suite": suite,
        "cron": "",
        "on_new_version": True,
        "cap": Decimal(100),
        "cap_unit": "calls",
        "selector": {"kinds": ["rules"]},
    } | fields
    return save_schedule(actor=None, **given)


def register(model: Model | None = None, name: str = "v1", **facts: Any) -> ModelVersion:
    version, _ = register_version(
        actor=None,
        model=model or make_model(),
        name=name,
        identity={"parameters": {"rule_set": ALWAYS_YES}},
        facts=facts,
    )
    return version


def test_a_registered_version_that_fits_starts_a_round_within_the_budget() -> None:
    person = make_user("researcher")
    schedule = make_waiting(charged_to="VA", priority=Round.Priority.BULK)
    Schedule.objects.update(created_by=person)
    version = register()
    started = Round.objects.get()
    assert (started.origin, started.cap_unit) == (Origin.NEW_VERSION, "calls") and started.cap == 100
    assert (started.schedule, started.charged_to, started.priority) == (schedule, "VA", Round.Priority.BULK)
    assert started.created_by == person
    assert [run.model_version for run in started.runs.all()] == [version]
    slot = schedule.slots.get()
    assert (slot.outcome, slot.model_version, slot.round) == (ScheduleSlot.Outcome.RAN, version, started)


def test_the_same_version_registered_again_runs_once() -> None:
    make_waiting()
    model = make_model()
    register(model)
    register(model)
    assert Round.objects.count() == 1


@pytest.mark.parametrize(
    "selector",
    [{"kinds": ["llm"]}, {"sides": ["competitor"]}, {"models": ["another"]}, {"stages": ["released"]}],
)
def test_a_version_that_the_selector_does_not_let_in_runs_nothing(selector: dict[str, Any]) -> None:
    schedule = make_waiting(selector=selector)
    register()
    assert not schedule.slots.exists()


def test_a_paused_schedule_waits_for_no_version() -> None:
    make_waiting(enabled=False)
    register()
    assert not Round.objects.exists()


def test_nothing_starts_when_the_budget_of_the_month_is_used_up_and_the_slot_says_so() -> None:
    schedule = make_waiting(month_cap=Decimal(5))
    run = make_run(round=Round.objects.create(name="Before", schedule=schedule))
    budget = schedule.budgets.get()
    budget.months.update(settled=5)
    version = register()
    slot = version.slots.get()
    assert slot.outcome == ScheduleSlot.Outcome.SKIPPED
    assert "The budget of 5 calls a month for the schedule" in slot.reason and "is reached" in slot.reason
    assert Round.objects.filter(origin=Origin.NEW_VERSION).count() == 0
    assert run.round_id


def test_a_full_budget_of_its_provider_keeps_a_version_from_running() -> None:
    make_waiting()
    model = make_model()
    budget = save_budget(actor=None, scope="provider", provider=model.provider, unit="calls", cap=Decimal(1))
    budget.months.update(unknown=1)
    assert "for the provider" in register(model).slots.get().reason


def test_what_cannot_run_is_registered_all_the_same_with_the_reason() -> None:
    make_waiting()
    model = make_model()
    Model.objects.filter(pk=model.pk).update(provider=None)
    model.refresh_from_db()
    assert "has no provider to call" in register(model).slots.get().reason


def test_the_round_goes_with_the_registration_when_that_is_undone() -> None:
    make_waiting()
    with pytest.raises(RuntimeError), transaction.atomic():
        register()
        raise RuntimeError("undone")
    assert not Round.objects.exists() and not ScheduleSlot.objects.exists()


def test_an_older_release_day_does_not_keep_a_new_registration_from_running() -> None:
    model = make_model()
    set_stage(actor=None, version=register(model, "newer"), stage="released")
    make_waiting(selector={"models": [model.slug]})
    assert register(model, "older", released_on="2020-01-01").slots.get().outcome == "ran"


def test_a_schedule_without_a_calendar_never_comes_due() -> None:
    make_waiting()
    assert tick_schedules() == 0


def test_new_versions_need_a_budget_each_time() -> None:
    with pytest.raises(ValidationError) as refused:
        make_waiting(cap=None)
    assert "needs a budget each time" in refused.value.message_dict["cap"][0]


def test_a_schedule_needs_an_occasion() -> None:
    with pytest.raises(ValidationError) as refused:
        make_waiting(on_new_version=False)
    assert "Or let it run when a version is registered" in refused.value.message_dict["cron"][0]


@pytest.mark.usefixtures("researcher")
def test_the_form_saves_a_schedule_of_new_versions_and_its_page_says_when(client: Any) -> None:
    suite = make_suite([make_evaluation_version().evaluation])
    given = {
        "name": "New rules",
        "suite": suite.slug,
        "cron": "",
        "zone": "UTC",
        "on_new_version": "on",
        "kinds": ["rules"],
        "cap": "50",
        "cap_unit": "calls",
        "priority": "2",
        "misfire": "skip",
        "overlap": "skip",
        "enabled": "on",
    }
    reply = client.post("/schedules/new/", given, follow=True)
    assert "When a version is registered" in reply.content.decode()
    assert "comes with the next version" in reply.content.decode()
    version = register()
    page = client.get(f"/schedules/{Schedule.objects.get().pk}/").content.decode()
    assert f"{version.label} was registered" in page
    assert "with a new version" in client.get("/schedules/").content.decode()
    refused = client.post("/schedules/new/", {**given, "name": "Other", "cap": ""})
    assert refused.status_code == 422 and "needs a budget each time" in refused.content.decode()


@pytest.fixture
def researcher(client: Any) -> Any:
    person = make_user("researcher")
    client.force_login(person)
    return person
