"""From a problem to its conclusion and the requirement that follows, and a rule set written as a table, by keyboard."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.people.models import Role
from evaluations.models import ModelVersion
from tests.factories.capabilities import make_product
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_provider,
)
from tests.factories.people import make_user
from tests.looking import problems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_problem_is_assessed_and_a_requirement_follows(page: Page, sign_in: Callable[[Any], None]) -> None:
    make_product(key="VA", name="Aria")
    evaluation = make_evaluation_version(make_dataset_version(30))
    ours = make_model_version(make_model(kind="llm", slug="aria", name="Aria"), name="2")
    simple = make_model_version(make_model(kind="rules", side="simple", slug="words"), name="1")
    make_finished_run([1.0] * 28 + [0.0] * 2, evaluation, ours)
    make_finished_run([1.0] * 9 + [0.0] * 21, evaluation, simple)
    sign_in(make_user(Role.PM, first_name="Ada"))
    page.goto("/problems/")
    page.keyboard.press("n")
    page.get_by_label("The problem in one line").fill("Nobody reads the reviews")
    page.get_by_label("Who has it").fill("Support leads")
    page.get_by_label("What they want and what stands in the way").fill("Four thousand reviews a week.")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("heading", name="VA-P1 Nobody reads the reviews")).to_be_visible()
    page.keyboard.press("a")
    page.get_by_role("group", name="Is the input free language").get_by_label("Yes").check()
    page.get_by_label("aria@2 against words@1").check()
    page.get_by_label("AI", exact=True).check()
    page.get_by_label("Why").fill("A word list misses most of them.")
    assert problems(page, 1280) == []
    page.get_by_role("button", name="Conclude").click()
    expect(page.get_by_role("heading", name="Concluded: AI")).to_be_visible()
    expect(page.get_by_text("30 cases")).to_be_visible()
    assert problems(page, 1280) == []
    page.get_by_label("The model shall").fill("give each review a sentiment from 1 to 5")
    page.get_by_role("button", name="Draft the requirement").click()
    expect(page).to_have_url("/requirements/VA-1/")
    page.get_by_role("link", name="VA-P1").click()
    expect(page.get_by_role("link", name="VA-1", exact=True)).to_be_visible()


def test_a_rule_set_is_written_by_keyboard(page: Page, sign_in: Callable[[Any], None]) -> None:
    make_model(kind="rules", slug="driving", name="Driving", provider=make_provider("rules"))
    sign_in(make_user(Role.RESEARCHER))
    page.goto("/models/driving/rules/")
    page.get_by_label("Row 1, field").fill("speed")
    page.get_by_label("Row 1, comparison").select_option(label=">")
    page.get_by_label("Row 1, value").fill("120")
    page.get_by_label("Row 1, then").fill("slow down")
    page.get_by_role("button", name="Copy row 1").press("Enter")
    page.get_by_label("Row 2, then").fill("speed up")
    page.get_by_label("When none holds").fill("none")
    page.get_by_label("A case").fill('{"speed": 130}')
    page.get_by_role("button", name="Try").press("Enter")
    expect(page.get_by_text("row 1 always wins")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Answers slow down by row 1")).to_be_visible()
    assert problems(page, 1280) == []
    page.get_by_role("button", name="Take row 2 out").press("Enter")
    page.get_by_role("button", name="Register").press("Enter")
    expect(page.get_by_text("driving@1 is registered")).to_be_visible()
    assert ModelVersion.objects.get().parameters["rule_set"]["default"] == "none"
