"""From what is claimed to what changed to what a version can do, as a person goes through it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from capabilities.services.judging import judge_run
from config.people.models import Role
from evaluations.models import ModelVersion
from tests.browser import accessibility_problems
from tests.factories.capabilities import make_evidence, make_product, make_rival_set
from tests.factories.evaluations import make_finished_run, make_model, make_model_version
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CASES = 60


def make_claims() -> str:
    """A lead that trails and got worse, beside one that holds; the key of the first."""
    model, rival = make_model(kind="llm", slug="ours", name="Ours"), make_model(side="competitor", kind="llm")
    older, newer = (make_model_version(model, name=name) for name in ("v1", "v2"))
    product = make_product(subjects=[model], candidate_version=newer)
    make_rival_set(product, [rival])
    theirs = make_model_version(rival)
    lost = make_evidence(CASES, product=product, threshold=0.5)
    held = make_evidence(CASES, product=product, threshold=0.5)
    right: tuple[tuple[ModelVersion, int, int], ...] = ((theirs, 58, 10), (older, 50, 10), (newer, 10, 58))
    for version, first, second in right:
        for link, count in ((lost, first), (held, second)):
            scores = [1.0] * count + [0.0] * (CASES - count)
            judge_run(make_finished_run(scores, link.evaluation_version, version))
    for link in (lost, held):
        requirement = link.criterion.revision.requirement
        requirement.intent = "lead"
        requirement.save()
    return lost.criterion.revision.requirement.key


def test_a_person_finds_a_claim_that_does_not_hold_what_changed_and_the_version_behind_it(
    page: Page, sign_in: Callable[[Any], None]
) -> None:
    key = make_claims()
    sign_in(make_user(Role.PM))
    for url in ("/intent/", "/changes/", "/models/ours/profile/"):
        page.goto(url)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert accessibility_problems(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page).to_have_url("/intent/")
    page.get_by_role("link", name="1 Not ahead").click()
    expect(page).to_have_url("/intent/?intent=lead&shown=contradicted")
    rows = page.locator("#intents tbody").last
    expect(rows.locator("tr")).to_have_count(1)
    expect(rows).to_contain_text(key)
    page.go_back()
    expect(page.locator("#intents tbody").last.locator("tr")).to_have_count(2)
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page).to_have_url("/changes/")
    page.get_by_role("link", name=re.compile("Missed or lost")).click()
    expect(page).to_have_url("/changes/?show=worse")
    expect(page.locator("#changes")).to_contain_text(key)
    page.goto("/models/ours/")
    page.get_by_role("link", name="Strengths and limits").click()
    first = page.locator("section[aria-labelledby=trends] tbody tr").first
    expect(first).to_contain_text(key)
    expect(first).to_contain_text("Regressed")
    page.get_by_label("Version", exact=True).select_option("ours@v1")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"version=ours%40v1"))
