"""A product manager reads the board: all suites, one suite, a pair, cost, time, and where the product leads."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from config.people.models import Role
from tests.browser import accessibility_problems
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_round,
    make_scorer_version,
    make_suite,
)
from tests.factories.people import make_user
from tests.looking import sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RIGHT = {
    "aria": ("own", 36, 0.4),
    "nova": ("competitor", 34, 1.2),
    "lingo": ("competitor", 9, 0.1),
    "words": ("simple", 12, None),
}


def make_world() -> None:
    scorer = make_scorer_version(slug="right")
    first, second = (
        make_evaluation_version(make_dataset_version(40), [scorer], slug=slug)
        for slug in ("driving", "strangers")
    )
    make_suite([first.evaluation, second.evaluation], slug="car", name="In the car")
    now = timezone.now()
    for week in (2, 1):
        at = {"round": make_round(), "finished_at": now - timedelta(weeks=week)}
        for slug, (side, right, cost) in RIGHT.items():
            version = first.runs.filter(model_version__model__slug=slug).first()
            model = version.model_version if version else make_model_version(slug=slug, side=side, name="1")
            answer = {"cost": cost and cost / 1_000, "latency_ms": 80.0 + right}
            scores = [1] * right + [0] * (40 - right)
            make_finished_run(scores, first, model, answers=lambda *_, answer=answer: answer, **at)
            if slug != "words":
                make_finished_run(scores[::-1], second, model, answers=lambda *_, answer=answer: answer, **at)


@pytest.fixture
def look(sign_in: Any, page: Page) -> Any:
    """Checks the page as it stands, at the width it has."""
    sign_in(make_user(Role.PM))
    make_world()

    def check() -> None:
        assert accessibility_problems(page) == []
        assert sideways(page, page.viewport_size["width"] if page.viewport_size else 0) == []

    return check


def test_the_board_is_read_from_all_suites_to_one_pair(page: Page, look: Any) -> None:
    page.goto("/board/")
    page.get_by_role("link", name="In the car").click()
    table = page.get_by_role("region", name="Models by evaluations")
    expect(table.get_by_role("row", name="aria 1")).to_contain_text("1–2 of 3")
    expect(table.get_by_role("row", name="words 1")).to_contain_text("partial")
    look()

    page.get_by_role("link", name="Pair by pair").click()
    pairs = page.get_by_role("region", name="Models against models")
    ours = pairs.get_by_role("row").filter(has=page.get_by_role("rowheader", name="aria 1", exact=True))
    expect(ours.get_by_role("link")).to_have_count(2)
    expect(page).to_have_url(re.compile("show=pairs"))
    look()

    page.get_by_role("link", name="Cost and speed").click()
    expect(page.locator("#board")).to_contain_text("Not drawn: words 1 (no price)")
    page.get_by_role("link", name="Median latency").click()
    expect(page.get_by_role("heading", level=2, name="right against median latency")).to_be_visible()
    look()

    page.get_by_role("link", name="Over time").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("Rank over time")
    page.get_by_role("link", name="lingo").click()
    expect(page.locator("#board svg").first).to_have_attribute(
        "aria-label", "Rank of lingo by right over time"
    )
    page.set_viewport_size({"width": 390, "height": 800})
    look()

    page.go_back()
    page.get_by_role("link", name="Pair by pair").click()
    ours.get_by_role("link", name="aria 1 ahead of lingo 1").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("aria@1")


def test_a_wide_board_scrolls_in_its_own_frame_and_by_keyboard(page: Page, look: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/board/?suite=car")
    frame = page.get_by_role("region", name="Models by evaluations")
    frame.focus()
    page.keyboard.press("ArrowRight")
    for _ in range(40):
        if frame.evaluate("frame => frame.scrollLeft") > 0:
            break
        page.wait_for_timeout(50)
    assert frame.evaluate("frame => frame.scrollLeft") > 0
    first = frame.get_by_role("rowheader", name="aria 1")
    place = first.bounding_box()
    assert place is not None and place["x"] >= 0
    look()
