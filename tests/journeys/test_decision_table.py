"""The decision table in a real browser: by key, in both themes, on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.people.models import Role
from tests.browser import accessibility_problems, screenshot
from tests.factories.capabilities import make_capability, make_link, make_product, make_requirement
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROWS = (
    {"when_part": "the user speaks German", "shall": "answer in German"},
    {"when_part": "the user speaks German", "shall": "answer in the language of the screen"},
    {"while_part": "driving", "when_part": "a message arrives", "shall": "read it out once"},
    {"if_part": "it does not know", "shall": "say so"},
    {"shall": "keep answers under 30 words"},
)


def test_contradictions_are_found_from_the_tree_and_opened_by_key(
    page: Page, sign_in: Callable[[Any], None]
) -> None:
    sign_in(make_user(Role.PM))
    product = make_product(key="VA", name="Aria assistant")
    speech = make_capability(product, name="Speech", slug="speech")
    made = [
        make_requirement(product, approved=True, criteria=[{}], capability=speech, revision=row)
        for row in ROWS
    ]
    make_link(made[3], made[4], "conflicts")
    page.goto("/capabilities/")
    page.get_by_role("link", name="decision table").click()
    expect(page.locator("tbody tr")).to_have_count(5)
    problems = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        problems += accessibility_problems(page)
    screenshot(page, "decision-table")
    page.set_viewport_size({"width": 390, "height": 844})
    screenshot(page, "decision-table-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="conflicting").click()
    expect(page.locator("tbody tr")).to_have_count(4)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requirements/VA-*/")
    assert problems == []
