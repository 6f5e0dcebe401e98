"""A day in the list of requirements, in a real browser: columns, views, edits in place, order, many at once, and back."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from capabilities.models import Requirement
from config.people.models import Role, User
from tests.browser import accessibility_problems, screenshot
from tests.capabilities.pages import make_judged
from tests.factories.capabilities import make_capability, make_product
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Any], None]
EVERYTHING = "verdict,priority,intent,capability,objective,owner,target,tags,lifecycle,updated"


@pytest.fixture
def listing(page: Page, sign_in: SignIn) -> Page:
    sign_in(make_user(Role.PM, username="ada"))
    product = make_product(key="VA", name="Aria assistant")
    speech = make_capability(product, name="Speech")
    make_judged(product, point=0.95, low=0.92, high=0.97)
    make_judged(product, "not_met", point=0.5, low=0.45, high=0.55)
    make_judged(product, "inconclusive", lean="yes", point=0.91, low=0.87, high=0.94)
    product.requirements.filter(number__lt=3).update(
        capability=speech, target="Autumn", tags=["car", "voice"]
    )
    return page


def expect_keys(page: Page, *keys: str) -> None:
    """The list shows these requirements in this order, once the page that is on its way has come."""
    expect(page.locator("#requirements td.key")).to_have_text(list(keys))


def problems_of(page: Page, name: str) -> list[str]:
    """What axe finds in both themes, and whether the page fits a phone; pictures of both widths."""
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        found += [f"{name} {theme}: {problem}" for problem in accessibility_problems(page)]
    screenshot(page, f"list-{name}")
    page.set_viewport_size({"width": 390, "height": 844})
    screenshot(page, f"list-{name}-phone")
    if page.evaluate("document.documentElement.scrollWidth") > 390:
        found.append(f"{name} is wider than a phone")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def test_columns_are_chosen_and_land_in_the_address(listing: Page) -> None:
    listing.goto("/requirements/")
    listing.locator("summary", has_text="Columns").click()
    listing.get_by_label("Owner", exact=True).check()
    listing.get_by_label("Trend", exact=True).uncheck()
    assert problems_of(listing, "columns") == []
    listing.get_by_role("button", name="Show these").click()
    listing.wait_for_url("**columns=verdict,gap,range,intent,freshness,owner")
    expect(listing.get_by_role("columnheader", name="Owner")).to_be_visible()
    listing.goto(f"/requirements/?columns={EVERYTHING}&group=capability&sort=priority")
    assert problems_of(listing, "wide") == []


def test_a_row_is_edited_in_place_from_the_keyboard(listing: Page) -> None:
    listing.goto("/requirements/?columns=verdict,priority,target")
    for key in ("j", "j", "i"):
        listing.keyboard.press(key)
    title = listing.locator("tr.editing input[name=title]")
    expect(title).to_be_focused()
    assert problems_of(listing, "editing") == []
    title.fill("")
    title.press("Escape")
    expect(listing.locator("tr.editing")).to_have_count(0)
    expect(listing.locator("tr[data-key-of=VA-2] .title a[href]").first).to_be_focused()
    listing.keyboard.press("i")
    title.fill("Names every source")
    listing.locator("tr.editing select[name=priority]").select_option("could")
    title.press("Enter")
    expect(listing.locator("tr[data-key-of=VA-2]")).to_contain_text("revision 2 draft: “Names every source”")
    expect(listing.locator("tr[data-key-of=VA-2]")).to_contain_text("could")
    listing.get_by_role("link", name="Target of VA-1").click()
    target = listing.locator("tr.editing input[name=target]")
    expect(target).to_be_focused()
    Requirement.objects.filter(number=1).update(target="Winter")
    target.fill("Spring")
    target.press("Enter")
    expect(listing.locator("tr.editing")).to_contain_text("It says “Winter” now.")
    expect(target).to_have_value("Spring")
    assert problems_of(listing, "conflict") == []
    target.press("Enter")
    expect(listing.locator("tr[data-key-of=VA-1]")).to_contain_text("Spring")


def test_rows_are_put_in_order_by_key_and_by_dragging(listing: Page) -> None:
    listing.goto("/requirements/?sort=order")
    assert problems_of(listing, "order") == []
    listing.keyboard.press("j")
    for _ in range(2):
        with listing.expect_response("**/move/"):
            listing.keyboard.press("Alt+ArrowDown")
    expect(listing.locator("[data-order-said]")).to_have_text("VA-1 moved.")
    expect_keys(listing, "VA-2", "VA-3", "VA-1")
    listing.reload()
    expect_keys(listing, "VA-2", "VA-3", "VA-1")
    handle = listing.locator("tr[data-key-of=VA-1] [data-handle]").bounding_box()
    first = listing.locator("tr[data-key-of=VA-2]").bounding_box()
    assert handle and first
    listing.mouse.move(handle["x"] + 4, handle["y"] + 8)
    listing.mouse.down()
    listing.mouse.move(handle["x"] + 4, first["y"] + 20, steps=5)
    listing.mouse.move(handle["x"] + 4, first["y"] + 2, steps=5)
    with listing.expect_response("**/move/"):
        listing.mouse.up()
    listing.reload()
    expect_keys(listing, "VA-1", "VA-2", "VA-3")


def test_many_are_changed_and_taken_back(listing: Page) -> None:
    listing.goto("/requirements/?group=verdict&columns=priority")
    for key in ("j", "x", "j", "x"):
        listing.keyboard.press(key)
    expect(listing.locator("[data-selected-count]")).to_have_text("2")
    assert problems_of(listing, "selected") == []
    listing.get_by_role("button", name="Change…").click()
    listing.get_by_label("Priority").select_option("wont")
    listing.get_by_label("Add tags").fill("later")
    listing.get_by_role("button", name="Show what changes").click()
    expect(listing.locator("#preview")).to_contain_text("2 requirements would change")
    assert problems_of(listing, "preview") == []
    assert not Requirement.objects.filter(priority="wont").exists()
    listing.get_by_role("button", name="Change 2 requirements").click()
    expect(listing.locator(".note.good")).to_contain_text("2 requirements changed")
    assert problems_of(listing, "undo") == []
    assert Requirement.objects.filter(priority="wont", tags__contains=["later"]).count() == 2
    listing.keyboard.press("z")
    expect(listing.get_by_text("Undone: 2 requirements")).to_be_visible()
    assert not Requirement.objects.filter(priority="wont").exists()


def test_groups_fold_and_keys_pass_over_them(listing: Page) -> None:
    listing.goto("/requirements/?group=capability")
    listing.get_by_role("button", name="Speech").click()
    expect(listing.locator("tr[data-key-of=VA-1]")).to_be_hidden()
    listing.keyboard.press("j")
    expect(listing.locator("tr[aria-current=true]")).to_have_attribute("data-key-of", "VA-3")
    listing.reload()
    expect(listing.locator("tr[data-key-of=VA-1]")).to_be_hidden()
    listing.get_by_role("button", name="Speech").click()
    expect(listing.locator("tr[data-key-of=VA-1]")).to_be_visible()


def test_a_view_is_kept_private_then_shared_with_another_person(listing: Page, sign_in: SignIn) -> None:
    listing.goto("/requirements/?verdict=not_met&columns=gap")
    listing.get_by_text("Save view").click()
    listing.get_by_label("Name of the view").fill("Our misses")
    assert problems_of(listing, "save-view") == []
    listing.get_by_role("button", name="Save", exact=True).click()
    tabs = listing.get_by_role("navigation", name="Views")
    expect(tabs.locator("[aria-current]")).to_contain_text("Our misses")
    sign_in(make_user(Role.VIEWER, username="bob"))
    listing.goto("/requirements/")
    expect(tabs).not_to_contain_text("Our misses")
    expect(listing.locator("#bulk")).to_have_count(0)
    sign_in(User.objects.get(username="ada"))
    listing.goto("/requirements/")
    tabs.get_by_text("Our misses").click()
    expect_keys(listing, "VA-2")
    listing.get_by_text("This view").click()
    listing.get_by_label("Shared with everybody").check()
    assert problems_of(listing, "view") == []
    listing.get_by_role("button", name="Save", exact=True).click()
    sign_in(User.objects.get(username="bob"))
    listing.goto("/requirements/")
    tabs.get_by_text("Our misses").click()
    expect_keys(listing, "VA-2")
    expect(listing.get_by_text("This view")).to_have_count(0)


def test_it_works_without_script(browser: Browser, listing: Page) -> None:
    listing.goto("/requirements/")
    visitor = browser.new_context(java_script_enabled=False, storage_state=listing.context.storage_state())
    plain = visitor.new_page()
    plain.goto(f"{listing.url}?columns=priority&sort=order")
    plain.get_by_role("link", name="Priority of VA-2").click()
    expect(plain).to_have_url(f"{listing.url}VA-2/edit/")
    plain.goto(f"{listing.url}?columns=priority&sort=order")
    plain.get_by_label("Move VA-3").click()
    plain.get_by_role("button", name="To the top").click()
    expect_keys(plain, "VA-3", "VA-1", "VA-2")
    plain.get_by_label("Select VA-1").check()
    plain.get_by_role("button", name="Change…").click()
    plain.get_by_label("Intent").select_option("lead")
    plain.get_by_role("button", name="Show what changes").click()
    plain.get_by_role("button", name="Change 1 requirement").click()
    plain.get_by_role("button", name="Undo").click()
    assert not Requirement.objects.filter(intent="lead").exists()
    visitor.close()
