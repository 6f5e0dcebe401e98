"""The browser itself: styles and scripts arrive under the content policy, and other tests stay as they were."""

import re

import pytest
from playwright.sync_api import Page, expect

from config.people.models import User
from tests.browser import accessibility_problems


@pytest.mark.browser
def test_the_sign_in_page_has_its_styles_and_no_accessibility_problem(page: Page) -> None:
    page.goto("/sign-in/")
    sheets = page.evaluate("Array.from(document.styleSheets, sheet => sheet.cssRules.length)")
    assert sheets and all(sheets)
    assert accessibility_problems(page) == []


@pytest.mark.django_db
def test_the_database_answers_after_the_browser_ran() -> None:
    assert User.objects.count() == 0


@pytest.mark.browser
def test_a_visitor_without_a_password_is_sent_to_sign_in(page: Page) -> None:
    page.goto("/tokens/")
    expect(page).to_have_url(re.compile("/sign-in/"))
