"""A vendor's claim from its entry to the hollow mark on the requirement's gap line, and back."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.people.models import Role
from tests.capabilities.pages import make_judged
from tests.factories.capabilities import make_product
from tests.factories.evaluations import make_model, make_model_version
from tests.factories.people import make_user
from tests.looking import problems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_claim_is_entered_shown_hollow_and_withdrawn(page: Page, sign_in: Callable[[Any], None]) -> None:
    requirement = make_judged(make_product(key="VA", name="Aria"), point=0.93, low=0.90, high=0.95)
    make_model_version(make_model(side="competitor", name="Nova", slug="nova"), name="2")
    sign_in(make_user(Role.PM, first_name="Ada"))
    page.goto(f"/requirements/{requirement.key}/")
    page.get_by_role("link", name="Enter a vendor’s claim on AC-1").click()
    page.get_by_label("Model version").select_option(label="nova@2")
    page.get_by_label("Claimed score").fill("97.5")
    page.get_by_label("Source").fill("https://vendor.example/card")
    page.get_by_label("Claimed on").fill("2026-10-01")
    assert problems(page, 1280) == []
    page.get_by_role("button", name="Enter it").click()
    mark = page.locator("#AC-1 .wide svg .claimed")
    expect(mark).to_have_count(1)
    expect(page.get_by_text("claimed by the vendor, not measured here").last).to_be_visible()
    assert problems(page, 1280) == []
    page.get_by_text("Withdraw the claim of nova@2").click()
    page.get_by_label("Why", exact=True).first.fill("The card was corrected.")
    page.get_by_role("button", name="Withdraw the claim").click()
    expect(mark).to_have_count(0)
    page.goto("/claimed-scores/")
    expect(page.get_by_text("The card was corrected.")).to_be_visible()
