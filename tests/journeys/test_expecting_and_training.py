"""What a person expects of the next checkpoint, and how a training run is followed while its checkpoints come in."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from capabilities.services.judging import judge_run
from config.people.models import Role
from tests.browser import accessibility_problems
from tests.factories.capabilities import make_evidence, make_product
from tests.factories.evaluations import make_finished_run, make_model, make_model_version
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_person_says_what_to_expect_and_follows_the_training(
    page: Page, sign_in: Callable[[Any], None]
) -> None:
    model = make_model(kind="llm", slug="aria", name="Aria")
    first, second, third = (
        make_model_version(model, name=f"step-{step}", training_run="autumn", step=step)
        for step in (1_000, 2_000, 9_000)
    )
    product = make_product(key="VA", candidate_version=third, subjects=[model])
    evidence = make_evidence(40, product=product)
    key = evidence.criterion.revision.requirement.key

    def measure(version: Any, right: int) -> None:
        judge_run(
            make_finished_run([1.0] * right + [0.0] * (40 - right), evidence.evaluation_version, version)
        )

    measure(first, 20)
    measure(second, 38)
    sign_in(make_user(Role.PM, first_name="Ada"))
    page.goto(f"/requirements/{key}/")
    page.get_by_text("What do you expect?").click()
    _holds(page)
    page.get_by_label("At least").fill("80")
    page.keyboard.press("Tab")
    page.keyboard.type("90")
    page.locator("input[name=note]").first.fill("More data of the weak slices.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("expected 80.0–90.0 %, not measured yet")).to_be_visible()

    page.goto("/models/aria/")
    page.get_by_role("link", name="Training", exact=True).click()
    expect(page.get_by_role("heading", name="Training autumn")).to_be_visible()
    expect(page.locator("#training table").first).to_contain_text("The latest checkpoint was not measured.")
    measure(third, 34)
    # The page looks again by itself.
    expect(page.locator("#training table").first).to_contain_text("85.0 %")
    _holds(page)

    page.goto(f"/requirements/{key}/")
    expect(page.get_by_text("expected 80.0–90.0 %, found 85.0 %: inside")).to_be_visible()
    page.get_by_role("link", name="Expectations", exact=True).click()
    expect(page.get_by_text("1 of 1 ranges held")).to_be_visible()
    _holds(page)
    page.get_by_role("link", name="Inside").click()
    expect(page).to_have_url("/expectations/?state=inside")
    expect(page.locator("#expectations tbody tr")).to_have_count(1)


def _holds(page: Page) -> None:
    """No finding of axe and nothing cut off, at the desk and on a phone."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert accessibility_problems(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
