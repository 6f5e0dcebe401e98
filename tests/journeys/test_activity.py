"""What happened in a product, read in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from capabilities.services import requirements as life
from config.people.models import Role
from tests.browser import accessibility_problems, screenshot
from tests.capabilities.pages import make_judged
from tests.factories.capabilities import make_comment, make_product
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Any], None]


def test_the_activity_is_filtered_paged_and_accessible_at_both_widths(page: Page, sign_in: SignIn) -> None:
    requirement = make_judged(make_product(key="VA", name="Aria assistant"))
    manager = make_user(Role.PM, username="mia", first_name="Mia", last_name="Berg")
    for number in range(45):
        make_comment(requirement, f"Note {number} of *many*", author=manager)
    life.set_fields(actor=manager, requirement=requirement, owner=manager, priority="could")
    sign_in(manager)
    page.goto("/?product=VA")
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Activity")).to_be_visible()
    page.get_by_role("link", name="Older →").click()
    page.wait_for_url("**before=*")
    expect(page.locator("#feed")).to_contain_text("was judged for the first time")
    page.get_by_role("link", name="← Newest").click()
    expect(page.locator("#feed")).to_contain_text("changed its facts")
    problems = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            problems += accessibility_problems(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        screenshot(page, f"activity-{width}")
    assert problems == []
    page.locator("#group").select_option("verdict")
    page.wait_for_url("**group=verdict*")
    expect(page.locator("#feed")).not_to_contain_text("Note 44")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_contain_text("Notices")
