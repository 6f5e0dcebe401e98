"""Products, capabilities, baselines: readable by everybody at two widths, and the way of somebody new."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from capabilities.models import Objective
from config.people.models import Role
from tests.browser import accessibility_problems, screenshot
from tests.factories.capabilities import (
    make_baseline,
    make_capability,
    make_evidence,
    make_product,
    make_rival_set,
    make_verdict,
    make_waiver,
)
from tests.factories.evaluations import make_finished_run, make_model_version
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Any], None]
PAGES = {
    "products": "/products/",
    "product": "/products/VA/",
    "product-new": "/products/new/",
    "capabilities": "/capabilities/",
    "capability": "/capabilities/voice/edit/",
    "objectives": "/objectives/",
    "baselines": "/baselines/",
    "baseline-new": "/baselines/new/",
    "baseline": "/baselines/R1/",
    "baseline-run": "/baselines/R1/run/",
}


@pytest.fixture
def ground() -> None:
    """A product with a judged requirement in its tree, a rival, an objective, a waiver and a baseline."""
    ours = make_model_version(slug="aria", name="2")
    product = make_product(key="VA", candidate_version=ours, subjects=[ours.model])
    make_rival_set(product, note="Agreed in spring.")
    link = make_evidence(product=product)
    requirement = link.criterion.revision.requirement
    requirement.capability = make_capability(product, slug="voice", name="Voice")
    requirement.objective = Objective.objects.create(product=product, title="Ship in autumn")
    requirement.save()
    make_verdict(link, make_finished_run([1.0, 0.0, 0.0], link.evaluation_version, ours), "not_met")
    make_waiver(requirement)
    make_baseline(product, [requirement])


@pytest.mark.usefixtures("ground")
def test_every_page_is_accessible_and_fits(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user(Role.PM))
    found = []
    for name, address in PAGES.items():
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(address)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            found += [f"{name} at {width}: {problem}" for problem in accessibility_problems(page)]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"{name} is wider than {width}")
            screenshot(page, f"{name}-{width}")
    assert found == []


@pytest.mark.usefixtures("ground")
def test_an_objective_is_edited_on_an_accessible_page(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user(Role.PM))
    page.goto(f"/objectives/{Objective.objects.get().pk}/edit/")
    assert accessibility_problems(page) == []
    page.get_by_label("Title").fill("Ship in winter")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Ship in winter").first).to_be_visible()


def test_somebody_new_is_led_from_a_product_to_measuring(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user(Role.PM))
    page.goto("/capabilities/")
    page.get_by_role("link", name="New product").click()
    page.get_by_label("Name", exact=True).fill("Aria assistant")
    page.get_by_label("Key", exact=True).fill("va")
    page.get_by_role("button", name="Create product").click()
    expect(page.get_by_role("heading", name="Aria assistant")).to_be_visible()
    page.get_by_role("link", name="Measure this").click()
    expect(page.get_by_text("Writes a requirement of Aria assistant")).to_be_visible()


@pytest.mark.usefixtures("ground")
def test_a_decision_is_recorded_and_found_again(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user(Role.PM))
    page.goto("/baselines/R1/")
    page.get_by_role("button", name="Record this decision").click()
    page.locator(".aside").get_by_role("link", name="aria@2").click()
    expect(page.get_by_text("As it stood when it was recorded")).to_be_visible()
    assert accessibility_problems(page) == []


@pytest.mark.usefixtures("ground")
def test_columns_of_the_heat_map_are_chosen_on_the_page(page: Page, sign_in: SignIn) -> None:
    make_model_version(slug="words", name="1", side="simple")
    sign_in(make_user(Role.PM))
    page.goto("/capabilities/")
    page.get_by_text("Compared with").click()
    page.get_by_role("checkbox", name="words@1").uncheck()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("thead")).not_to_contain_text("words@1")
