"""Finding and moving by keyboard: search, palette, shortcuts and help."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from capabilities.models import Requirement
from config.people.models import Role
from config.people.services.saved_views import save_view
from tests.access_world import World, make_world
from tests.browser import accessibility_problems, screenshot
from tests.factories.capabilities import make_product, make_requirement
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LISTS = (
    "/requirements/",
    "/models/",
    "/evaluations/",
    "/datasets/",
    "/prompts/",
    "/providers/",
    "/scorers/",
    "/suites/",
    "/rounds/",
    "/runs/",
    "/schedules/",
    "/baselines/",
    "/products/",
    "/search/?q=answers",
)


@pytest.fixture
def world(page: Page, sign_in: Callable[[Any], None]) -> World:
    made = make_world(make_product(key="VA"))
    make_requirement(made.product, revision={"title": "Answers in German too"})
    sign_in(make_user(Role.ADMIN, approver=True))
    return made


def test_words_are_typed_from_anywhere_and_the_hit_is_opened_by_key(page: Page, world: World) -> None:
    page.goto("/models/")
    page.keyboard.press("/")
    page.keyboard.type("answers germ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=answers+germ")
    expect(page.locator("mark").first).to_be_visible()
    assert accessibility_problems(page) == []
    screenshot(page, "search-1280")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requirements/VA-*/")


def test_results_follow_the_typing_and_fit_a_phone(page: Page, world: World) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/search/")
    page.locator("#search-words").fill("germna")
    expect(page.locator("#found")).to_contain_text("Showing results for “german”")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert accessibility_problems(page) == []
    screenshot(page, "search-390")


def test_rows_are_opened_by_key_on_every_list(page: Page, world: World) -> None:
    current = page.locator("[data-rows] > tbody > tr[aria-current=true], [data-row][aria-current=true]")
    for address in LISTS:
        page.goto(address)
        page.locator("h1").click()
        page.keyboard.press("j")
        expect(current, address).to_have_count(1)
        page.keyboard.press("Enter")
        page.wait_for_function("path => location.pathname + location.search !== path", arg=address)


def test_g_and_a_letter_lead_to_a_page(page: Page, world: World) -> None:
    places = {"r": "requirements", "m": "models", "c": "compare", "e": "evaluations"}
    for key, path in places.items():
        page.goto("/")
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_url(f"**/{path}/")
        expect(page.locator("h1"), path).to_have_count(1)


def test_c_starts_a_requirement_and_e_edits_the_one_shown(page: Page, world: World) -> None:
    key = Requirement.objects.latest("pk").key
    page.goto(f"/requirements/{key}/")
    page.keyboard.press("e")
    page.wait_for_url(f"**/requirements/{key}/edit/")
    page.goto("/")
    page.keyboard.press("c")
    page.wait_for_url("**/requirements/new/**")
    expect(page.locator("h1")).to_have_count(1)


def test_the_help_lists_what_works_on_the_page(page: Page, world: World) -> None:
    page.goto("/account/")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    expect(page.locator("#help [data-of='j']")).to_be_hidden()
    expect(page.locator("#help [data-of='c']")).to_be_visible()
    page.goto("/scorers/")
    page.keyboard.press("?")
    expect(page.locator("#help [data-of='j']")).to_be_visible()
    expect(page.locator("#help [data-of-page]")).to_contain_text("New scorer")
    assert accessibility_problems(page) == []
    screenshot(page, "help-1280")


def test_the_palette_does_what_the_page_offers(page: Page, world: World) -> None:
    key = Requirement.objects.latest("pk").key
    page.goto(f"/requirements/{key}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("edi")
    expect(page.locator("#palette-results [aria-selected=true]")).to_contain_text("Edit")
    screenshot(page, "palette-1280")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/requirements/{key}/edit/")


def test_the_palette_finds_by_words_by_spelling_and_what_was_open_lately(page: Page, world: World) -> None:
    key = Requirement.objects.latest("pk").key
    page.goto(f"/requirements/{key}/")
    page.goto("/models/")
    page.keyboard.press("Control+k")
    page.keyboard.type("germna")
    expect(page.locator("#palette-results")).to_contain_text("Answers in German too")
    page.locator("#palette input").fill(key)
    expect(page.locator("#palette-results [aria-selected=true]")).to_contain_text(key)
    assert accessibility_problems(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/requirements/{key}/")


def test_the_palette_leads_to_a_saved_view_by_its_name(page: Page, world: World) -> None:
    save_view(
        actor=make_user(Role.PM),
        page="requirements",
        product="VA",
        name="Weekly check",
        query="priority=must",
        shared=True,
    )
    page.goto("/models/")
    page.keyboard.press("Control+k")
    page.keyboard.type("weekly")
    expect(page.locator("#palette-results li").first).to_contain_text("View of requirements, VA")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requirements/?product=VA&priority=must&view=*")


def test_the_palette_switches_theme_and_judged_version(page: Page, world: World) -> None:
    page.goto("/requirements/")
    page.keyboard.press("Control+k")
    page.keyboard.type("switch theme")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.keyboard.press("Control+k")
    page.keyboard.type("judge")
    expect(page.locator("#palette-results")).to_contain_text("Judge ")
    page.locator("#palette-results li", has_text="@").first.click()
    page.wait_for_url("**/requirements/?version=*")


def test_the_palette_opens_by_a_button_on_a_phone(page: Page, world: World) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/requirements/")
    page.locator("summary[title]").click()
    page.get_by_role("button", name="Find and do anything").click()
    expect(page.locator("#palette")).to_be_visible()
    assert accessibility_problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, "palette-390")
