"""The pages of requirements in a real browser: from the keyboard, with filters that swap, in both themes, and without script."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from capabilities.models import Criterion, Requirement
from config.people.models import Role
from tests.browser import accessibility_problems, screenshot
from tests.capabilities.pages import make_judged
from tests.factories.capabilities import make_product
from tests.factories.evaluations import make_scorer_version
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Any], None]


@pytest.fixture
def product_page(page: Page, sign_in: SignIn) -> Page:
    """Signed in as an approving product manager of a product with requirements in several states."""
    sign_in(make_user(Role.PM, approver=True))
    product = make_product(key="VA", name="Aria assistant")
    make_judged(product, point=0.95, low=0.92, high=0.97)
    make_judged(product, "not_met", point=0.5, low=0.45, high=0.55, sentence="Not met: at most 55 %.")
    make_judged(product, "inconclusive", lean="yes", point=0.91, low=0.87, high=0.94, needed_n=1_400)
    return page


PAGES = {
    "overview": "/",
    "status": "/status/",
    "requirement-list": "/requirements/?verdict=met,not_met,inconclusive&group=verdict",
    "requirement-new": "/requirements/new/",
    "requirement-detail": "/requirements/VA-2/",
    "requirement-edit": "/requirements/VA-1/edit/",
    "requirement-compare": "/requirements/VA-1/compare/",
    "criterion": "/requirements/VA-1/criteria/AC-1/",
    "evidence": "/requirements/VA-1/criteria/AC-1/evidence/",
    "search": "/search/?q=answers",
}


def test_pages_are_accessible_in_both_themes_and_fit_a_phone(product_page: Page) -> None:
    problems = []
    for name, url in PAGES.items():
        product_page.set_viewport_size({"width": 1280, "height": 900})
        response = product_page.goto(url)
        assert response is not None
        assert response.status == 200, name
        for theme in ("light", "dark"):
            product_page.emulate_media(color_scheme=theme)
            problems += [f"{name} {theme}: {problem}" for problem in accessibility_problems(product_page)]
        screenshot(product_page, name)
        product_page.set_viewport_size({"width": 390, "height": 844})
        if product_page.evaluate("document.documentElement.scrollWidth") > 390:
            problems.append(f"{name} is wider than a phone")
    assert problems == []


def test_a_requirement_is_written_from_the_keyboard(product_page: Page) -> None:
    product_page.goto("/requirements/")
    product_page.keyboard.press("c")
    product_page.wait_for_url("**/requirements/new/**")
    product_page.locator("#id_title").fill("Summaries keep every number")
    product_page.locator("#id_shall").fill("repeat each number quickly")
    expect(product_page.locator("#preview")).to_contain_text("can be read in many ways")
    product_page.get_by_role("button", name="Make a draft").click()
    expect(product_page.locator("h1")).to_contain_text("Summaries keep every number")
    assert Requirement.objects.filter(revisions__title="Summaries keep every number").count() == 1


def test_a_filter_swaps_the_list_and_lands_in_the_address(product_page: Page) -> None:
    product_page.goto("/requirements/")
    product_page.locator("summary.filter", has_text="Verdict").click()
    product_page.get_by_role("link", name="Not met", exact=True).click()
    product_page.wait_for_url("**verdict=not_met**")
    expect(product_page.locator("#requirements td.key")).to_have_text(["VA-2"])
    expect(product_page.locator("#requirement-counts")).to_contain_text("1 requirement")
    product_page.go_back()
    expect(product_page.locator("#requirements td.key")).to_have_count(3)


def test_rows_are_moved_through_chosen_and_opened_by_key(product_page: Page) -> None:
    product_page.goto("/requirements/")
    for key in ("j", "j", "x"):
        product_page.keyboard.press(key)
    expect(product_page.locator("[data-selected-count]")).to_have_text("1")
    product_page.keyboard.press("e")
    product_page.wait_for_url("**/requirements/VA-2/edit/")


def test_perfection_is_answered_live_and_its_alternative_is_one_press_away(product_page: Page) -> None:
    scorer = make_scorer_version(slug="exact-label").scorer
    product_page.goto("/requirements/VA-1/criteria/new/")
    product_page.locator("#id_scorer").select_option(str(scorer.pk))
    product_page.locator("#id_threshold").fill("100")
    product_page.locator("#decides").get_by_role("button", name="At least 95").click()
    expect(product_page.locator("#id_threshold")).to_have_value("95")
    product_page.locator("#id_cases").fill("80")
    expect(product_page.locator("#decides")).to_contain_text("With your 80 cases no failure is allowed.")
    product_page.get_by_role("button", name="Save", exact=True).click()
    product_page.wait_for_url("**/requirements/VA-1/#AC-2")
    assert Criterion.objects.get(key="AC-2").threshold == 0.95


def test_everything_works_without_script(browser: Browser, product_page: Page) -> None:
    product_page.goto("/requirements/")
    visitor = browser.new_context(
        java_script_enabled=False, storage_state=product_page.context.storage_state()
    )
    plain = visitor.new_page()
    plain.goto(product_page.url)
    plain.locator("summary.filter", has_text="Verdict").click()
    plain.get_by_role("link", name="Not met", exact=True).click()
    expect(plain.locator("#requirements td.key")).to_have_text(["VA-2"])
    plain.goto(f"{product_page.url}VA-1/criteria/AC-1/")
    plain.locator("#id_cases").fill("80")
    plain.get_by_role("button", name="Show what these cases can decide").click()
    expect(plain.locator("#decides")).to_contain_text("With your 80 cases at most 2 failures still prove it.")
    visitor.close()
