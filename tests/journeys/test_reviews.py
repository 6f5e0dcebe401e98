"""A review from asking to agreement, by two people in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from capabilities.models import Requirement
from capabilities.services import requirements as life
from capabilities.services.revisions import edit_revision
from config.people.models import Role, User
from tests.browser import accessibility_problems, screenshot
from tests.factories.capabilities import make_product, make_requirement
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Any], None]


@pytest.fixture
def people() -> tuple[User, User]:
    return (
        make_user(Role.PM, approver=True, first_name="Ada"),
        make_user(Role.PM, approver=True, first_name="Ben"),
    )


@pytest.fixture
def requirement(people: tuple[User, User]) -> Requirement:
    product = make_product(key="VA", name="Aria assistant", approvals_required=1)
    return make_requirement(
        product, criteria=[{}], revision={"author": people[0], "title": "Names the three worst complaints"}
    )


def looked_at(page: Page, name: str) -> list[str]:
    """What is wrong with the page in both themes and at phone width; pictures are kept."""
    problems = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        problems += [f"{name} {theme}: {problem}" for problem in accessibility_problems(page)]
    screenshot(page, name)
    page.set_viewport_size({"width": 390, "height": 844})
    screenshot(page, f"{name}-phone")
    if page.evaluate("document.documentElement.scrollWidth") > 390:
        problems.append(f"{name} is wider than a phone")
    page.set_viewport_size({"width": 1280, "height": 900})
    return problems


def test_somebody_is_asked_reads_what_changed_and_agrees(
    page: Page, sign_in: SignIn, people: tuple[User, User], requirement: Requirement
) -> None:
    ada, ben = people
    sign_in(ada)
    page.goto("/requirements/VA-1/")
    page.locator("#open-revision summary", has_text="Ask somebody by name").click()
    page.get_by_label("Ben").check()
    page.get_by_role("button", name="Submit for review").click()
    expect(page.locator("#open-revision")).to_contain_text("Asked, no answer to this text yet")
    problems = looked_at(page, "review-asked")

    sign_in(ben)
    page.goto("/")
    expect(page.locator("#waiting")).to_contain_text("Ada asks for your review")
    problems += looked_at(page, "overview-waiting")
    page.locator("#waiting a").click()
    expect(page.locator("#review-comment")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("Short and clear.")
    problems += looked_at(page, "review-form")

    life.send_back(actor=ada, requirement=requirement)
    edit_revision(
        actor=ada, requirement=requirement, expected_edit_count=None, fields={"shall": "answer in rhyme"}
    )
    life.submit_for_review(actor=ada, requirement=requirement)
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("h1")).to_contain_text("The text changed while you were reading")
    expect(page.locator("ins")).to_contain_text("in rhyme")
    expect(page.locator("#review-comment")).to_have_value("Short and clear.")
    problems += looked_at(page, "review-changed")

    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".chips").first).to_contain_text("Approved · revision 1")
    expect(page.locator("main")).to_contain_text("Agreed by")
    page.goto("/")
    expect(page.locator("#waiting")).to_have_count(0)
    assert problems == []
