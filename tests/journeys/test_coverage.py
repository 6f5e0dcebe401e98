"""The coverage matrix as a person meets it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.people.models import Role
from tests.browser import accessibility_problems
from tests.capabilities.worlds import make_mixed_world
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_person_reads_the_matrix_narrows_it_and_opens_a_cell(
    page: Page, sign_in: Callable[[Any], None]
) -> None:
    make_mixed_world(11, count=30)
    sign_in(make_user(Role.PM))
    page.goto("/coverage/")
    expect(page.locator(".matrix tbody tr")).to_have_count(30)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert accessibility_problems(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="No criterion", exact=True).first.click()
    expect(page).to_have_url("/coverage/?coverage=no_criterion")
    page.goto("/coverage/")
    page.keyboard.press("j")
    page.locator(".matrix td.cell a").first.click()
    expect(page).to_have_url(re.compile(r"\?version="))
