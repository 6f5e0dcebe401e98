"""The frame as a person meets it: keyboard, themes, phone, no script."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from config.people.models import Role
from tests.browser import accessibility_problems, screenshot
from tests.factories.people import make_user

pytestmark = [
    pytest.mark.browser,
    pytest.mark.urls("tests.journeys.look_urls"),
    pytest.mark.django_db(transaction=True),
]
SignIn = Callable[[Any], None]
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def guide(page: Page, sign_in: SignIn) -> Page:
    sign_in(make_user(Role.ADMIN))
    page.goto("/styleguide/")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_component_is_accessible(guide: Page, theme: Any, width: int) -> None:
    guide.set_viewport_size({"width": width, "height": 900})
    guide.emulate_media(color_scheme=theme)
    assert accessibility_problems(guide) == []
    assert guide.evaluate("document.documentElement.scrollWidth") <= width
    screenshot(guide, f"styleguide-{width}")


def test_a_first_load_stays_under_a_hundred_kilobytes(guide: Page) -> None:
    entries = "['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))"
    # The tests serve plain files; compressed as in use they are about a third of this
    assert guide.evaluate(f"{entries}.reduce((sum, entry) => sum + entry.decodedBodySize, 0)") < 160_000


def test_rows_are_moved_through_and_chosen_by_key(guide: Page) -> None:
    for key in ("j", "j", "k", "x"):
        guide.keyboard.press(key)
    expect(guide.locator("tr[aria-current=true] .key")).to_have_text("VA-1")
    expect(guide.locator("[data-selected-count]")).to_have_text("1")
    expect(guide.locator(".bulk")).to_be_visible()


def test_help_opens_by_question_mark_and_closes_by_escape(guide: Page) -> None:
    guide.keyboard.press("?")
    expect(guide.locator("#help")).to_be_visible()
    assert accessibility_problems(guide) == []
    guide.keyboard.press("Escape")
    expect(guide.locator("#help")).to_be_hidden()


def test_no_key_answers_while_somebody_types(guide: Page) -> None:
    guide.locator("#id_title").fill("")
    guide.keyboard.type("j?x")
    expect(guide.locator("#id_title")).to_have_value("j?x")
    expect(guide.locator("#help")).to_be_hidden()


def test_single_keys_can_be_switched_off(guide: Page) -> None:
    guide.keyboard.press("?")
    guide.locator("[data-shortcuts-switch]").uncheck()
    guide.reload()
    guide.keyboard.press("?")
    expect(guide.locator("#help")).to_be_hidden()


def test_palette_leads_to_a_page(guide: Page) -> None:
    guide.keyboard.press("Control+k")
    guide.keyboard.type("memb")
    assert accessibility_problems(guide) == []
    guide.keyboard.press("Enter")
    guide.wait_for_url("**/members/")


def test_theme_is_kept(guide: Page) -> None:
    guide.locator("summary[title]").click()
    guide.locator("[data-theme-toggle]").click()
    guide.locator("[data-theme-toggle]").click()
    guide.reload()
    expect(guide.locator("html")).to_have_attribute("data-theme", "dark")


def test_what_cannot_be_undone_asks_first(guide: Page) -> None:
    guide.evaluate(
        "document.querySelector('[data-confirm]').addEventListener('click', () => { document.title = 'done' })"
    )
    guide.locator("[data-confirm]").click()
    guide.locator("#confirm button[value=cancel]").click()
    assert guide.title() != "done"
    guide.locator("[data-confirm]").click()
    guide.locator("[data-confirm-ok]").click()
    guide.wait_for_function("document.title === 'done'")


def test_navigation_opens_and_closes_on_a_phone(guide: Page) -> None:
    guide.set_viewport_size(PHONE)
    guide.locator("[data-menu-open]").click()
    expect(guide.locator("#side").get_by_text("Members")).to_be_visible()
    guide.keyboard.press("Escape")
    expect(guide.locator("#side")).to_be_hidden()


def test_navigation_opens_on_a_phone_without_script(browser: Browser, guide: Page) -> None:
    visitor = browser.new_context(
        java_script_enabled=False,
        viewport=PHONE,
        storage_state=guide.context.storage_state(),
    )
    plain = visitor.new_page()
    plain.goto(guide.url)
    plain.locator("[data-menu-open]").click()
    expect(plain.locator("#side").get_by_text("Members")).to_be_visible()
    visitor.close()


def test_live_part_asks_again_until_it_is_done(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user(Role.VIEWER))
    page.goto("/live/")
    expect(page.locator("#work")).to_have_text("1 of 2")
    expect(page.locator("#work")).to_have_text("2 of 2")


def test_filter_sends_itself_and_leaves_empty_fields_out(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user(Role.VIEWER))
    page.goto("/live/")
    page.locator("select").select_option("asr")
    expect(page.locator("#query")).to_have_text("kind=asr")


def test_style_guide_is_for_administrators(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user(Role.VIEWER))
    response = page.goto("/styleguide/")
    assert response is not None and response.status == 403
