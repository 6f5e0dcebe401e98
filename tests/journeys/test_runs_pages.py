"""Rounds, runs, samples, comparisons and schedules as a person meets them in a browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.people.models import Role
from evaluations.models import Round, Run, Schedule
from evaluations.services.schedules import save_schedule
from tests.browser import accessibility_problems, screenshot
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_round,
    make_run,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CASES = [{"key": f"case-{n:02}", "slices": {"lang": "de" if n % 2 else "fr"}} for n in range(20)]


@pytest.fixture
def world(sign_in: Any) -> dict[str, Any]:
    """Two finished runs beside each other, one that moves, and a schedule; an administrator looks."""
    sign_in(make_user(Role.ADMIN))
    evaluation = make_evaluation_version(make_dataset_version(CASES), slug="answers")
    together = make_round(name="Everything")
    a = make_finished_run([1] * 18 + [0] * 2, evaluation, make_model_version(slug="aria"), round=together)
    b = make_finished_run(
        [1] * 8 + [0] * 11 + [None], evaluation, make_model_version(slug="nova"), round=together
    )
    suite = make_suite([evaluation.evaluation], slug="nightly")
    schedule = save_schedule(
        actor=None, name="Every night", suite=suite, cron="30 2 * * *", zone="Europe/Berlin"
    )
    return {"a": a.pk, "b": b.pk, "round": together.pk, "schedule": schedule.pk, "evaluation": evaluation}


PATHS = (
    "/rounds/",
    "/rounds/new/",
    "/rounds/{round}/",
    "/runs/",
    "/runs/{b}/",
    "/runs/{a}/samples/?case=case-03&vs={b}",
    "/compare/",
    "/compare/?run={a}&against={b}",
    "/schedules/",
    "/schedules/{schedule}/",
    "/schedules/{schedule}/edit/",
)


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_everybody_can_read_the_pages(page: Page, world: dict[str, Any], theme: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    found = []
    for path in PATHS:
        page.emulate_media(color_scheme=theme)
        page.goto(path.format(**world))
        page.wait_for_load_state("networkidle")
        found += [f"{path}: {problem}" for problem in accessibility_problems(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{path}: wider than {width}")
        if width == 1280:
            screenshot(page, re.sub(r"[^a-z]+", "-", f"facts{path.partition('?')[0]}").strip("-"))
    assert found == []


def test_a_round_is_priced_while_ticking_and_started(page: Page, world: dict[str, Any]) -> None:
    page.goto("/rounds/new/")
    page.get_by_label("answers").check()
    page.get_by_label("aria@").check()
    page.get_by_label("nova@").check()
    expect(page.locator("#round-preview")).to_contain_text("40")
    page.get_by_label("Budget").fill("100")
    page.get_by_label("Counted in").select_option("calls")
    page.get_by_role("button", name="Run", exact=True).dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("answers")
    expect(page.locator("#round")).to_contain_text("100 calls")
    assert Round.objects.filter(cap=100).count() == 1


def test_a_run_is_watched_until_it_ends(page: Page, world: dict[str, Any]) -> None:
    run = make_run(world["evaluation"], state=Run.State.RUNNING)
    page.goto(f"/runs/{run.pk}/")
    expect(page.locator("#run")).to_contain_text("0 of 20 samples answered")
    Run.objects.filter(pk=run.pk).update(done=7)
    expect(page.locator("#run")).to_contain_text("7 of 20 samples answered")
    Run.objects.filter(pk=run.pk).update(state=Run.State.FAILED, failure="The key is refused.")
    expect(page.locator("#run")).to_contain_text("The key is refused.")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel run")).to_have_count(0)


def test_a_run_is_cancelled_after_asking(page: Page, world: dict[str, Any]) -> None:
    run = make_run(world["evaluation"], state=Run.State.RUNNING)
    page.goto(f"/runs/{run.pk}/")
    page.get_by_role("button", name="Cancel run").click()
    page.locator("#confirm").get_by_role("button", name="Cancel the run").click()
    expect(page.locator("#run")).to_contain_text("Cancelled")
    assert Run.objects.get(pk=run.pk).state == Run.State.CANCELLED


def test_samples_are_walked_by_key_and_read_beside_the_list(page: Page, world: dict[str, Any]) -> None:
    page.goto(f"/runs/{world['a']}/samples/")
    page.get_by_role("link", name="wrong").click()
    expect(page.locator("#samples tbody tr")).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#sample-detail h2")).to_have_text("case-19")
    expect(page).to_have_url(re.compile("show=failed.*case=case-19|case=case-19.*show=failed"))
    page.reload()
    expect(page.locator("#sample-detail h2")).to_have_text("case-19")


def test_two_runs_are_chosen_and_their_differences_found(page: Page, world: dict[str, Any]) -> None:
    page.goto("/compare/")
    page.locator("#pick-a").select_option(str(world["a"]))
    page.wait_for_url("**run=*")
    page.locator("#pick-b").select_option(str(world["b"]))
    expect(page.locator(".strip")).to_contain_text("Supported: A is better")
    page.get_by_role("link", name="A right, B wrong").click()
    expect(page.locator("#compared-samples [data-rows] tbody tr")).to_have_count(10)
    expect(page).to_have_url(re.compile("show=won"))


def test_a_schedule_tells_its_times_while_it_is_written(page: Page, world: dict[str, Any]) -> None:
    page.goto("/schedules/new/")
    page.get_by_label("Name").fill("Mondays")
    page.get_by_label("Suite").select_option("nightly")
    page.locator("#id_cron").fill("0 9 * * 1")
    expect(page.locator("#schedule-preview li").first).to_contain_text("09:00")
    preview = page.locator("#schedule-preview")
    expect(preview).to_contain_text("2 of them would not run: results are there already.")
    page.get_by_label("Also run versions that cannot change and have results already").check()
    expect(preview).to_contain_text("160 calls")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mondays")
    assert Schedule.objects.get(name="Mondays").cron == "0 9 * * 1"
