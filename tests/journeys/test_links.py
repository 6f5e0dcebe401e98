"""Links and what they make stale, in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from capabilities.models import Link, Requirement
from capabilities.services.judging import judge_unjudged_runs
from capabilities.services.links import add_link
from config.people.models import Role
from evaluations.models import Run
from tests.browser import accessibility_problems, screenshot
from tests.factories.capabilities import make_evidence, make_link, make_product, make_requirement
from tests.factories.evaluations import make_finished_run, make_model_version
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Any], None]


@pytest.fixture
def product_page(page: Page, sign_in: SignIn) -> Page:
    """Signed in as a product manager of a product with four requirements that are met."""
    sign_in(make_user(Role.PM, approver=True))
    product = make_product(key="VA", name="Aria assistant", candidate_version=make_model_version())
    for _ in range(4):
        evidence = make_evidence(60, product=product, threshold=0.5)
        make_finished_run([1.0] * 60, evidence.evaluation_version, product.candidate_version)
    judge_unjudged_runs()
    return page


def test_a_requirement_is_linked_from_the_keyboard(product_page: Page) -> None:
    product_page.goto("/requirements/VA-2/")
    product_page.keyboard.press("l")
    product_page.locator("#link_target").focus()
    product_page.keyboard.type("VA-1")
    expect(product_page.locator("#link-suggestions option")).to_have_count(1)
    product_page.keyboard.press("Enter")
    product_page.wait_for_url("**/requirements/VA-2/links/")
    expect(product_page.locator("#links")).to_contain_text("Depends on")
    assert Link.objects.get().target.number == 1


def test_a_changed_target_makes_what_rests_on_it_need_a_re_check_and_a_typo_nothing(
    product_page: Page,
) -> None:
    one, two, *_ = Requirement.objects.select_related("product").order_by("number")
    add_link(actor=None, source=two, target=one, kind="depends_on")
    runs = Run.objects.count()

    _retitle(product_page, "VA-1", "Sums up reviews")
    expect(product_page.locator("h1")).to_contain_text("Sums up reviews")
    expect(product_page.locator("#AC-1 .chip.met")).to_have_count(1)
    product_page.goto("/requirements/?freshness=needs_recheck")
    expect(product_page.locator("#requirements td.key")).to_have_count(0)

    product_page.goto("/requirements/VA-1/criteria/AC-1/")
    product_page.locator("#id_threshold").fill("60")
    product_page.get_by_role("button", name="Save", exact=True).click()
    _agree(product_page)
    judge_unjudged_runs()
    product_page.goto("/requirements/?freshness=needs_recheck")
    expect(product_page.locator("#requirements td.key")).to_have_text(["VA-1", "VA-2"])
    assert Run.objects.count() == runs

    product_page.goto("/")
    expect(product_page.get_by_text("VA-1, which this depends on, changed: revision 3.")).to_be_visible()
    product_page.goto("/requirements/VA-2/")
    expect(product_page.locator("#links")).to_contain_text("The text it points to changed since")
    assert accessibility_problems(product_page) == []
    screenshot(product_page, "link-suspect")
    product_page.get_by_role("button", name="Confirm unchanged").click()
    expect(product_page.locator("#AC-1")).not_to_contain_text("Needs re-check")
    product_page.goto("/requirements/?freshness=needs_recheck")
    expect(product_page.locator("#requirements td.key")).to_have_text(["VA-1"])


def _retitle(page: Page, key: str, title: str) -> None:
    page.goto(f"/requirements/{key}/edit/")
    page.locator("#id_title").fill(title)
    page.get_by_role("button", name="Save").first.click()
    page.wait_for_url(f"**/requirements/{key}/**")
    _agree(page)


def _agree(page: Page) -> None:
    page.get_by_role("button", name="Submit for review").click()
    page.get_by_role("button", name="Agree it myself").click()


def test_the_pages_are_accessible_in_both_themes_and_fit_a_phone(product_page: Page) -> None:
    one, two, three, four = Requirement.objects.select_related("product").order_by("number")
    make_link(two, one, note="Complaints are taken from the summary.")
    make_link(three, two, "refines")
    make_link(four, three)
    make_link(four, one)
    make_link(three, four, "conflicts")
    make_link(
        one, make_requirement(one.product, revision={"title": "Sums reviews up in one line"}), "duplicates"
    )
    problems = []
    for name, url in {
        "links": "/requirements/VA-4/links/",
        "links-of-one": "/requirements/VA-1/links/?target=answers&kind=refines",
        "requirement-linked": "/requirements/VA-1/",
    }.items():
        product_page.set_viewport_size({"width": 1280, "height": 900})
        product_page.goto(url)
        for theme in ("light", "dark"):
            product_page.emulate_media(color_scheme=theme)
            problems += [f"{name} {theme}: {problem}" for problem in accessibility_problems(product_page)]
        screenshot(product_page, name)
        product_page.set_viewport_size({"width": 390, "height": 844})
        screenshot(product_page, f"{name}-phone")
        if product_page.evaluate("document.documentElement.scrollWidth") > 390:
            problems.append(f"{name} is wider than a phone")
    assert problems == []
