"""A version is registered in a browser, run on its day, and followed to what the round changed; in both themes."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.people.models import Role
from evaluations.models import Origin, Round
from tests.capabilities.pages import make_judged
from tests.factories.capabilities import make_product
from tests.factories.evaluations import make_model, make_model_version
from tests.factories.people import make_user
from tests.looking import problems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS: tuple[tuple[int, Any], ...] = ((390, "light"), (1280, "dark"))


def looked_at(page: Page) -> list[str]:
    found = []
    for width, theme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        found += [f"{page.url} at {width}: {problem}" for problem in problems(page, width)]
    return found


def test_a_new_version_is_registered_run_and_followed(page: Page, sign_in: Callable[[Any], None]) -> None:
    model = make_model(kind="llm", slug="aria", name="Aria")
    older = make_model_version(model, name="1")
    make_judged(make_product(key="VA", subjects=[model], candidate_version=older))
    sign_in(make_user(Role.RESEARCHER))
    page.goto("/models/aria/versions/new/")
    page.get_by_label("Version", exact=True).fill("2")
    page.get_by_label("Rule set").fill('{"rows": [], "default": "yes"}')
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/models/aria/versions/2/day/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("New-model day")
    expect(page.get_by_text("Nothing is measured yet.")).to_be_visible()
    assert looked_at(page) == []
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("link", name="aria@2 is new")).to_be_visible()
    started = Round.objects.get(origin=Origin.NEW_VERSION)
    assert looked_at(page) == []
    page.goto(f"/rounds/{started.pk}/summary/")
    assert looked_at(page) == []
