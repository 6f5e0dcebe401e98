"""The pages of facts as a researcher meets them: accessible in both themes and widths, and one way through all of them."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.people.models import Role, User
from evaluations.models import EvaluationVersion
from tests.browser import accessibility_problems
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_price,
    make_prompt_version,
    make_provider,
    make_scorer_version,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[User], None]
LOOKS = [("light", 1280), ("dark", 390)]
PAGES = [
    "/models/",
    "/models/acme/",
    "/models/acme/versions/new/",
    "/providers/",
    "/providers/acme/",
    "/providers/new/",
    "/datasets/",
    "/datasets/reviews/",
    "/datasets/reviews/?v=2&against=1",
    "/datasets/reviews/import/",
    "/datasets/reviews/edit/",
    "/datasets/new/",
    "/prompts/",
    "/prompts/rate/?version=2&against=1",
    "/prompts/rate/versions/new/",
    "/scorers/",
    "/scorers/right/",
    "/scorers/new/",
    "/scorers/new/?kind=json_schema",
    "/evaluations/",
    "/evaluations/sentiment/",
    "/evaluations/new/",
    "/suites/",
    "/suites/nightly/",
    "/suites/nightly/edit/",
]


@pytest.fixture
def facts() -> EvaluationVersion:
    """A little of everything, so that no page is empty."""
    cases = [
        {"key": f"r{n}", "input": f"Review {n}", "slices": {"lang": "de" if n % 2 else "en"}}
        for n in range(8)
    ]
    published = make_dataset_version(cases, slug="reviews", name="App reviews")
    make_dataset_version(
        [{"key": "r1", "input": "Other words"}, "new"], dataset=published.dataset, frozen=False
    )
    make_prompt_version([{"role": "user", "content": "Rate {{input}}"}], slug="rate")
    prompt = make_prompt_version([{"role": "user", "content": "Rate {{input}} from 1 to 5"}], slug="rate")
    scorer = make_scorer_version("exact", slug="right")
    version = make_evaluation_version(published, [scorer], slug="sentiment", prompt_version=prompt)
    model = make_model(slug="acme", kind="llm", side="competitor", provider=make_provider(slug="acme"))
    for name in ("2026-10", "2026-11"):
        make_finished_run([1.0] * 5 + [0.0] * 3, version, make_model_version(model, name=name))
    make_price(model.versions.earliest("pk"), "input", "0.25")
    make_suite([version.evaluation], slug="nightly")
    return version


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_every_page_is_accessible_and_fits(
    page: Page, sign_in: SignIn, facts: EvaluationVersion, theme: Any, width: int
) -> None:
    sign_in(make_user(Role.ADMIN))
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    problems = {url: _problems(page, url, width) for url in PAGES}
    assert {url: found for url, found in problems.items() if found} == {}


def _problems(page: Page, url: str, width: int) -> list[str]:
    response = page.goto(url)
    if response is None or response.status != 200:
        return [f"answered {response.status if response else 'nothing'}"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    return accessibility_problems(page) + ([f"is {wide} pixels wide"] if wide > width else [])


def test_empty_lists_are_accessible_and_offer_something(page: Page, sign_in: SignIn) -> None:
    sign_in(make_user(Role.ADMIN))
    for noun in ("models", "providers", "datasets", "prompts", "scorers", "evaluations", "suites"):
        page.goto(f"/{noun}/")
        expect(page.locator(".empty .main-action")).to_be_visible()
        assert accessibility_problems(page) == []


def test_pasted_cases_become_an_evaluation(page: Page, sign_in: SignIn) -> None:
    make_scorer_version("exact", slug="right")
    sign_in(make_user(Role.RESEARCHER, may_read_test=True))
    page.goto("/datasets/")
    page.locator(".empty .main-action").click()
    page.get_by_label("Name", exact=True).fill("Greetings")
    page.get_by_role("button", name="Make the dataset").click()
    page.get_by_label("Or paste").fill("Hello\tgreeting\nBye\tfarewell\n\tno input")
    page.get_by_role("button", name="Look at them first").click()
    expect(page.get_by_text("The line has a target and no input.")).to_be_visible()
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Import the 2 good rows").click()
    page.get_by_role("button", name="Publish v1").click()
    page.locator("[data-confirm-ok]").click()
    page.get_by_role("link", name="Evaluate with it").click()
    page.get_by_label("Name", exact=True).fill("Greeting or farewell")
    page.get_by_label("right v1").check()
    page.get_by_role("button", name="Make the evaluation").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Greeting or farewell")
    expect(page.get_by_role("link", name="Run", exact=True)).to_be_visible()
    version = EvaluationVersion.objects.get()
    assert (version.evaluation.slug, version.dataset_version.case_count) == ("greeting-or-farewell", 2)


def test_rows_are_opened_and_new_things_begun_by_key(
    page: Page, sign_in: SignIn, facts: EvaluationVersion
) -> None:
    sign_in(make_user(Role.RESEARCHER))
    page.goto("/models/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/acme/")
    page.keyboard.press("n")
    page.wait_for_url("**/versions/new/")
    expect(page.get_by_role("heading", level=1)).to_have_text("New version")
