"""A person sets several models side by side and walks through the cases where ours is behind."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.people.models import Role
from tests.browser import accessibility_problems
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_scorer_version,
)
from tests.factories.people import make_user
from tests.looking import sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CASES = [{"key": f"case-{n:02}", "slices": {"lang": "de" if n % 2 else "fr"}} for n in range(20)]


@pytest.fixture
def columns(sign_in: Any) -> list[int]:
    """Ours and two rivals on one evaluation; an administrator looks."""
    sign_in(make_user(Role.ADMIN, may_read_test=True))
    evaluation = make_evaluation_version(
        make_dataset_version(CASES), [make_scorer_version(slug="exact")], slug="answers"
    )
    rights = {"aria": ("own", 16), "nova": ("competitor", 18), "lingo": ("competitor", 4)}
    return [
        make_finished_run(
            [1] * right + [0] * (20 - right), evaluation, make_model_version(slug=slug, side=side, name="1")
        ).pk
        for slug, (side, right) in rights.items()
    ]


def test_ours_is_set_against_all_rivals_and_what_it_loses_is_read(page: Page, columns: list[int]) -> None:
    page.goto("/evaluations/answers/")
    page.get_by_role("link", name="Ours against all rivals").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("aria@1 against 2 others")
    against = page.get_by_role("group", name="A against each of the others")
    expect(against.get_by_role("row", name="lingo@1")).to_contain_text("A ahead")
    expect(against.get_by_role("row", name="nova@1")).to_contain_text("Not distinguishable")

    page.get_by_role("link", name="A wrong, another right").click()
    rows = page.locator("#compared-samples [data-rows] tbody tr")
    expect(rows).to_have_count(2)
    expect(page).to_have_url(re.compile("show=behind"))
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#compared-samples")).to_contain_text("Reference")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile("case=case-17"))
    page.get_by_role("link", name="the reference").click()
    expect(page.locator("#compared-samples ins").first).to_be_visible()
    page.keyboard.press("u")
    expect(rows).to_have_count(2)

    page.locator("summary", has_text="Save view").click()
    page.get_by_label("Name of the view").fill("Where nova wins")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("navigation", name="Views")).to_contain_text("Where nova wins")
    expect(rows).to_have_count(2)


def test_ticked_rows_are_compared_and_a_column_is_taken_out(page: Page, columns: list[int]) -> None:
    page.goto("/evaluations/answers/")
    for name in ("aria@1", "nova@1", "lingo@1"):
        page.get_by_label(f"Compare {name}").check()
    page.get_by_role("button", name="Compare ticked").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("aria@1 against 2 others")
    page.get_by_role("link", name="Take nova@1 out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("aria@1 against lingo@1")
    page.locator("#pick-more").select_option(str(columns[1]))
    expect(page.get_by_role("heading", level=1)).to_have_text("aria@1 against 2 others")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_everybody_can_read_many_columns(page: Page, columns: list[int], theme: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    page.goto(f"/compare/?run={columns[0]}&against={columns[1]}&against={columns[2]}")
    page.wait_for_load_state("networkidle")
    assert accessibility_problems(page) == []
    assert sideways(page, width) == []
