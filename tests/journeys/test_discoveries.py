"""From a lab answer to a packaged requirement with a running evaluation; and a dismissed discovery comes back with a new version."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from capabilities.models import Discovery, Product
from capabilities.services.discoveries import dismiss
from capabilities.services.discovery_tries import Trial, start_tries
from config.people.models import Role, User
from evaluations.models import ModelVersion, Run
from evaluations.services.lab import create_sheet, run_sheet
from tests.browser import accessibility_problems, screenshot
from tests.engine import work_off
from tests.factories.capabilities import make_discovery, make_product
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
)
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Any], None]
YES = {"rows": [{"when": {"text": {"contains": "good"}}, "then": "yes"}], "default": "no"}


@pytest.fixture
def person() -> User:
    return make_user(Role.PM, approver=True)


@pytest.fixture
def version() -> ModelVersion:
    return make_model_version(make_model(slug="aria"), name="1", parameters={"rule_set": YES})


@pytest.fixture
def run(version: ModelVersion) -> Run:
    """An answer to a development case, where nobody had asked for it."""
    cases = make_dataset_version([{"key": "c1", "input": "good day", "target": "yes"}], purpose="dev")
    return make_finished_run([1.0], make_evaluation_version(cases), version)


@pytest.fixture
def product() -> Product:
    return make_product(key="VA")


def finish() -> None:
    for run in Run.objects.moving():
        work_off(run)


def test_from_a_lab_answer_to_a_running_evaluation(
    page: Page, sign_in: SignIn, person: User, version: ModelVersion, product: Product
) -> None:
    sheet = create_sheet(
        actor=person,
        name="Good things",
        product=product.key,
        prompts=[{"system": "", "message": "{{input}}", "schema": ""}],
        rows='{"input": "good day", "target": "yes"}',
        versions=[version],
    )
    run_sheet(actor=person, sheet=sheet)
    finish()
    sign_in(person)
    page.goto(f"/lab/{sheet.pk}/")
    page.get_by_role("link", name="Record discovery").click()
    page.get_by_label("What can it do?").fill("Says yes to good things")
    page.get_by_role("button", name="Record").click()
    expect(page.locator("main")).to_contain_text("Nobody has tried yet")

    page.get_by_role("link", name="Try it again").click()
    page.get_by_label("Inputs like it").fill("\n".join(f"good {number}\tyes" for number in range(11)))
    page.get_by_label("Who says").select_option("exact")
    page.get_by_role("button", name="Count the cost").click()
    expect(page.locator("main")).to_contain_text("120")
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Make the tries").click()
    finish()
    page.reload()
    expect(page.locator("main")).to_contain_text("120 of 120")
    page.get_by_role("button", name="It is reproduced").click()
    page.get_by_role("link", name="Choose measures").click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Work them out").click()
    finish()
    page.get_by_role("button", name="It is characterised").click()
    expect(page.locator("main")).to_contain_text("artefact of the measure")
    assert accessibility_problems(page) == []
    screenshot(page, "discovery")

    page.get_by_role("link", name="Package").click()
    page.get_by_label("New cases").fill("\n".join(f"so good {number}\tyes" for number in range(17)))
    page.get_by_role("button", name="Package and run").click()
    page.wait_for_url("**/requirements/VA-1/")
    expect(page.locator("main")).to_contain_text("VA-D1")
    assert Run.objects.latest("pk").state == Run.State.QUEUED
    assert Discovery.objects.get().state == "packaged"


def test_a_dismissed_one_comes_back_with_a_new_version(
    page: Page, sign_in: SignIn, person: User, run: Run, product: Product
) -> None:
    discovery = make_discovery(product, run.responses.get())
    start_tries(actor=person, discovery=discovery, trial=Trial([run.model_version], tries=10))
    finish()
    dismiss(actor=person, discovery=discovery, reason="Not steady.")
    make_model_version(run.model_version.model, name="2", parameters={"rule_set": YES})
    sign_in(person)
    page.goto("/discoveries/")
    expect(page.locator("main")).to_contain_text("aria@2 is new: 1 discovery worth a retry")
    assert accessibility_problems(page) == []
    screenshot(page, "discoveries")
    page.get_by_role("button", name="Retry on 2").click()
    page.get_by_role("button", name="Retry", exact=True).click()
    finish()
    page.goto(f"/discoveries/{discovery.key}/")
    expect(page.locator("main")).to_contain_text("aria@2")
    page.get_by_role("button", name="Take up again").click()
    expect(page.locator("main")).to_contain_text("Spotted")
