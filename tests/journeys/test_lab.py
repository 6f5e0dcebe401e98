"""The prompt lab as a new product manager meets it: from nothing to two prompts compared on three models, with a range."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from capabilities.models import Verdict
from config.people.models import Role
from evaluations.models import LabSheet
from evaluations.services.lab import create_sheet, run_sheet
from tests.browser import accessibility_problems, screenshot
from tests.engine import work_off
from tests.factories.evaluations import make_model_version, make_provider
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GOOD = {"rows": [{"when": {"text": {"contains": "love"}}, "then": "positive"}], "default": "negative"}
ROWS = "\n".join(
    f"{text}, number {number}\t{label}"
    for number in range(6)
    for text, label in (("I love it", "positive"), ("Crashes again", "negative"))
)


def answer() -> None:
    """What the workers do."""
    for run in LabSheet.objects.get().runs.all():
        work_off(run)


def test_from_nothing_to_two_prompts_on_three_models_with_a_range(
    page: Page, sign_in: Callable[[Any], None]
) -> None:
    make_model_version(slug="word-list", name="1", side="simple", parameters={"rule_set": GOOD})
    local = make_provider("process", slug="local")
    make_model_version(slug="vader", kind="ml", provider=local, api_id="vader_two_way", parameters={})
    make_model_version(slug="always-yes", name="1")
    sign_in(make_user(Role.PM))
    page.goto("/lab/")
    page.get_by_role("button", name="New sheet").click()
    page.get_by_role("group", name="Prompt A").get_by_label("Message", exact=False).first.fill(
        "Analyze this review.\n\n{{input}}"
    )
    page.get_by_role("group", name="Prompt B").get_by_label("Message", exact=False).first.fill(
        "Positive or negative? One word.\n\n{{input}}"
    )
    page.get_by_label("Rows optional").fill(ROWS)
    for model in ("word-list", "vader", "always-yes"):
        page.get_by_role("checkbox", name=model).check()
    expect(page.locator("#count")).to_contain_text("72")
    expect(page.locator("#count")).to_contain_text("nothing")
    assert LabSheet.objects.get().rows.splitlines() == ROWS.splitlines()

    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#answers")).to_contain_text("0 of 72 asked")
    answer()
    expect(page.locator("#answers[data-live]")).to_have_count(0)
    expect(page.locator("#row-1 .try")).to_have_count(6)
    page.get_by_role("link", name="Rows").scroll_into_view_if_needed()
    expect(page.locator("#row-4 .try")).to_have_count(6)

    page.get_by_role("link", name="Add a check").click()
    page.get_by_role("radio", name="Exact match").check()
    page.get_by_role("button", name="Add this check").click()
    answer()
    page.reload()
    expect(page.locator(".lab-told")).to_contain_text("Ahead of A · ")
    expect(page.locator(".lab-told")).to_contain_text("Not proven yet")
    page.get_by_role("button", name="Good", exact=True).first.click()
    expect(page.locator('.lab-mark button[aria-pressed="true"]')).to_have_count(1)
    assert accessibility_problems(page) == []
    screenshot(page, "lab")
    assert Verdict.objects.count() == 0


def test_two_columns_are_voted_on_by_keyboard_alone(page: Page, sign_in: Callable[[Any], None]) -> None:
    pm = make_user(Role.PM)
    versions = [make_model_version(slug="word-list", parameters={"rule_set": GOOD}), make_model_version()]
    sheet = create_sheet(actor=pm, name="Votes", rows="I love it\nCrashes\nSlow", versions=versions)
    run_sheet(actor=pm, sheet=sheet)
    answer()
    sign_in(pm)
    page.goto(f"/lab/{sheet.pk}/blind/")
    for voted, key in enumerate(("1", "=", "2")):
        expect(page.get_by_text(f"{voted} of 3 voted")).to_be_visible()
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="What people preferred")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("2 of 3 voted")).to_be_visible()
    assert accessibility_problems(page) == []
