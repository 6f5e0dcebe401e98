"""Measure this, as a product manager does it: from pasted cases to a verdict on a requirement."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from capabilities.models import Requirement, Verdict
from capabilities.services.judging import judge_run
from config.people.models import Role, User
from evaluations.models import Origin, Run
from tests.browser import BROWSER_PATIENCE_MS, accessibility_problems, screenshot
from tests.engine import work_off
from tests.factories.capabilities import make_product, make_rival_set
from tests.factories.evaluations import make_model_version
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Any], None]
GOOD = {"rows": [{"when": {"text": {"contains": "love"}}, "then": "positive"}], "default": "negative"}
CASES = "\n".join(
    [f"I love it, number {number}\tpositive" for number in range(30)]
    + [f"Crashes again, number {number}\tnegative" for number in range(30)]
)


@pytest.fixture
def person() -> User:
    return make_user(Role.PM, approver=True, may_read_test=True)


@pytest.fixture
def ground() -> None:
    """A product with a model of ours, a competitor and a simple alternative, all callable without a key."""
    ours = make_model_version(slug="aria", name="2", parameters={"rule_set": GOOD})
    rival = make_model_version(slug="nova", name="5", side="competitor")
    make_model_version(slug="words", name="1", side="simple")
    product = make_product(key="VA", subjects=[ours.model], candidate_version=ours)
    make_rival_set(product, [rival.model])


def finish(origin: str) -> None:
    """What the workers do: every run of this origin is called, scored and judged."""
    for run in Run.objects.filter(origin=origin):
        judge_run(work_off(run))


def write(page: Page) -> None:
    page.get_by_label("Paste them").fill(CASES)
    page.get_by_role("radio", name="New prompt").check()
    page.get_by_label("Message", exact=True).fill("Positive or negative?\n\n{{input}}")
    page.get_by_role("radio", name="Multiple choice").check()
    page.get_by_label("Options").fill("positive\nnegative")
    for model in ("aria", "nova", "words"):
        page.get_by_role("checkbox", name=model).check()
    page.get_by_label("Title optional").fill("Knows an unhappy user")
    page.get_by_label("The model shall").fill("name the sentiment of an app review")
    page.get_by_label("Why it matters").fill("Unhappy users are answered first.")
    page.get_by_label("Target optional", exact=True).fill("80")
    page.get_by_label("beat every competitor").check()


@pytest.mark.usefixtures("ground")
def test_pasted_cases_become_a_verdict_on_a_requirement(page: Page, sign_in: SignIn, person: User) -> None:
    sign_in(person)
    page.goto("/measure/")
    write(page)
    page.get_by_role("button", name="Check and count").click()
    expect(page.locator("#preview")).to_contain_text("180")
    expect(page.locator("#preview")).to_contain_text("60 cases")

    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#tries")).to_contain_text("asking")
    finish(Origin.LAB)
    expect(page.locator("#tries .chip.met")).to_have_count(1)
    assert Verdict.objects.count() == 0
    assert accessibility_problems(page) == []
    screenshot(page, "measure")

    page.get_by_role("button", name="Run").click()
    page.wait_for_url("**/requirements/VA-1/")
    finish(Origin.MANUAL)
    page.reload()
    expect(page.locator("main")).to_contain_text("Met")
    assert {
        verdict.outcome for verdict in Verdict.objects.filter(run__model_version__model__slug="aria")
    } == {"met"}
    assert Requirement.objects.get().lifecycle == "approved"


@pytest.mark.usefixtures("ground")
def test_everything_works_without_script(browser: Browser, page: Page, sign_in: SignIn, person: User) -> None:
    sign_in(person)
    plain = browser.new_context(
        java_script_enabled=False,
        storage_state=page.context.storage_state(),
    )
    plain.set_default_timeout(BROWSER_PATIENCE_MS)
    visitor = plain.new_page()
    page.goto("/measure/")
    visitor.goto(page.url)
    write(visitor)
    visitor.get_by_role("button", name="Try it").click()
    finish(Origin.LAB)
    visitor.get_by_role("button", name="Look again").click()
    expect(visitor.locator("#tries .chip.met")).to_have_count(1)
    expect(visitor.get_by_label("Paste them")).to_have_value(CASES)
    visitor.get_by_role("button", name="Run").click()
    visitor.wait_for_url("**/requirements/VA-1/")
    plain.close()


@pytest.mark.usefixtures("ground")
def test_what_was_typed_stays_when_something_is_wrong(page: Page, sign_in: SignIn, person: User) -> None:
    sign_in(person)
    page.goto("/measure/")
    page.get_by_label("Paste them").fill(CASES)
    page.get_by_role("radio", name="Pattern").check()
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("Pattern")
    expect(page.get_by_label("Paste them")).to_have_value(CASES)
    expect(page.get_by_role("radio", name="Pattern")).to_be_checked()
    assert accessibility_problems(page) == []
