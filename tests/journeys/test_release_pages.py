"""From a filtered list to a signed release and a shared status, in a browser."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from capabilities.models import Objective, Requirement, SignOff
from config.people.models import Role
from tests.browser import accessibility_problems, screenshot
from tests.capabilities.pages import make_measured, make_releasable
from tests.factories.capabilities import (
    make_baseline,
    make_revision,
    make_waiver,
)
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Any], None]


@pytest.fixture
def ground() -> None:
    """A product with one measured requirement, a slice that is not met, a waiver, and a baseline whose text changed since."""
    product = make_releasable()
    requirements = [make_measured(product, outcome) for outcome in ("met", "inconclusive")]
    for requirement, outcome in zip(requirements, ("met", "inconclusive"), strict=True):
        requirement.objective = Objective.objects.create(product=product, title=f"Ship {outcome}")
        requirement.save()
    make_waiver(requirements[1])
    make_baseline(product, requirements)


def looked_at(page: Page, name: str) -> None:
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert accessibility_problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        screenshot(page, f"{name}-{width}")
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.usefixtures("ground")
def test_from_a_filter_to_a_signed_release_and_a_shared_status(
    page: Page, browser: Browser, sign_in: SignIn, live_server: Any
) -> None:
    sign_in(make_user(Role.PM, approver=True))
    page.goto("/requirements/?priority=must")
    page.get_by_role("link", name="Baseline of this list").click()
    page.get_by_label("Name", exact=True).fill("Autumn release")
    looked_at(page, "baseline-filter")
    page.get_by_role("button", name="Create baseline").click()
    expect(page.get_by_text("R2 holds 2 requirements.")).to_be_visible()

    make_revision(
        Requirement.objects.select_related("product").earliest("pk"),
        approved=True,
        shall="answer rightly and briefly",
        change_kind="tightened",
    )
    page.get_by_role("link", name="Compare", exact=True).last.click()
    expect(page.get_by_text("± Changed")).to_be_visible()
    looked_at(page, "baseline-compare")

    page.goto("/baselines/R2/release/?version=aria@2")
    page.get_by_label("Conditional go").check()
    page.get_by_label("VA-1 AC-1 lang=de").check()
    page.get_by_label("Note").fill("German comes with the next checkpoint.")
    looked_at(page, "release")
    page.get_by_role("button", name="Sign for aria@2").click()
    expect(page.get_by_text("except lang=de").first).to_be_visible()
    assert SignOff.objects.get().decision == "conditional"
    looked_at(page, "release-signed")
    page.pdf(path=".screens/release.pdf", format="A4")

    page.goto("/waivers/")
    looked_at(page, "waivers")
    page.goto(f"/status/?as_of={date.today() - timedelta(days=1)}")
    looked_at(page, "status-past")
    page.goto(f"/requirements/?as_of={timezone.now():%Y-%m-%dT%H:%M:%S}&priority=must")
    expect(page.get_by_text("This is the past:")).to_be_visible()
    looked_at(page, "requirements-past")
    page.goto("/status/")
    page.get_by_role("link", name="Share").click()
    page.get_by_role("button", name="Make the link").click()
    address = page.get_by_label("The link").input_value()
    looked_at(page, "status-links")

    stranger = browser.new_context()
    other = stranger.new_page()
    assert other.goto(address).status == 200  # type: ignore[union-attr]
    expect(other.get_by_role("heading", name="Aria: where we stand")).to_be_visible()
    expect(other.locator("a")).to_have_count(0)
    looked_at(other, "status-shared")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("The link opens no more.")).to_be_visible()
    assert other.goto(address).status == 404  # type: ignore[union-attr]
    looked_at(other, "status-gone")
    stranger.close()
