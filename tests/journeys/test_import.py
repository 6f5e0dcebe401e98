"""A file with mistakes in a real browser: looked at, mended, imported."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from capabilities.models import Requirement
from config.people.models import Role
from tests.browser import accessibility_problems, screenshot
from tests.capabilities.test_briefs import failing
from tests.factories.capabilities import make_capability, make_product, make_requirement
from tests.factories.evaluations import make_scorer_version
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEADINGS = "Key,Title,The model shall,Priority,Capability,Mood,criterion.1\n"
WRONG = (
    HEADINGS
    + 'VA-1,Hears every German,,must,speech,glad,\n,Hears Swiss,write it down,urgent,Speech,glad,"exact; target 0,9"\n'
)
RIGHT = (
    HEADINGS
    + "VA-1,Hears every German,write it down,must,speech,glad,\n,Hears Swiss,write it down,must,Speech,glad,exact; target 90 %\n"
)


def problems_of(page: Page, name: str) -> list[str]:
    """Of the page as it is, in both themes and as wide as a phone."""
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        found += [f"{name} {theme}: {problem}" for problem in accessibility_problems(page)]
    screenshot(page, name)
    page.set_viewport_size({"width": 390, "height": 844})
    if page.evaluate("document.documentElement.scrollWidth") > 390:
        found.append(f"{name} is wider than a phone")
    screenshot(page, f"{name}-phone")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def test_a_file_with_mistakes_is_mended_and_imported(page: Page, sign_in: Callable[[Any], None]) -> None:
    sign_in(make_user(Role.PM))
    product = make_product(key="VA", name="Aria assistant")
    make_capability(product, slug="speech", name="Speech")
    make_scorer_version(slug="exact")
    make_requirement(
        product,
        approved=True,
        revision={"title": "Hears German", "shall": "write down German"},
        criteria=[{}],
    )

    page.goto("/requirements/")
    page.get_by_text("Files").click()
    page.get_by_role("link", name="Import requirements").click()
    problems = problems_of(page, "import")
    page.get_by_label("Or paste it").fill(WRONG)
    page.get_by_role("button", name="Look at it first").click()

    expect(page.get_by_role("alert")).to_contain_text("Mood")
    expect(page.get_by_role("button", name="Import")).to_have_count(0)
    page.get_by_role("button", name="Leave it out").click()
    expect(page.locator("tbody").first).to_contain_text("“0,9” is no number; write 0.9.")
    problems += problems_of(page, "import-mistakes")
    assert Requirement.objects.count() == 1

    page.get_by_role("link", name="Choose something else").click()
    page.get_by_label("Or paste it").fill(RIGHT)
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Leave it out").click()
    expect(page.get_by_role("main")).to_contain_text("opens a new revision")
    problems += problems_of(page, "import-ready")
    page.get_by_role("button", name="Import 2 requirements").click()

    expect(page.get_by_text("1 requirement made, 1 changed, 0 already as they are.")).to_be_visible()
    assert Requirement.objects.count() == 2
    assert problems == []


def test_briefs_and_cards_are_readable_in_both_themes_on_a_phone_and_on_paper(
    page: Page, sign_in: Callable[[Any], None]
) -> None:
    sign_in(make_user(Role.PM, may_read_test=True))
    requirement, run = failing(make_product(key="VA", name="Aria assistant"))
    make_requirement(requirement.product, approved=True, criteria=[{}])
    problems = []
    page.goto(f"/requirements/{requirement.key}/")
    page.get_by_role("link", name="Brief", exact=True).click()
    expect(page.get_by_role("heading", name="2 cases fail")).to_be_visible()
    problems += problems_of(page, "brief")
    page.goto(f"/models/{run.model_version.model.slug}/")
    page.get_by_role("link", name="Card of").click()
    expect(page.get_by_role("heading", name="Limits: not met")).to_be_visible()
    problems += problems_of(page, "card")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Copy as Markdown")).to_be_hidden()
    assert problems == []
