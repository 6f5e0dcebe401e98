import pytest

from config.people.models import Token
from tests.browser import accessibility_problems, screenshot
from tests.factories.people import make_token, make_user

pytestmark = pytest.mark.browser
PATHS = [
    "/account/",
    "/account/password/",
    "/tokens/",
    "/tokens/new/",
    "/members/",
    "/members/new/",
    "/audit/",
]


@pytest.mark.parametrize("path", PATHS)
def test_everybody_can_read_the_page(page, sign_in, path) -> None:
    admin = make_user("admin")
    make_token(admin)
    sign_in(admin)
    page.goto(path)
    screenshot(page, f"people{path.replace('/', '-').rstrip('-')}")
    assert accessibility_problems(page) == []


def test_the_page_of_a_member_can_be_read_on_a_phone(page, sign_in) -> None:
    admin = make_user("admin")
    sign_in(admin)
    page.set_viewport_size({"width": 375, "height": 700})
    page.goto(f"/members/{admin.pk}/")
    screenshot(page, "people-member-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert accessibility_problems(page) == []


def test_a_token_is_made_copied_and_revoked_after_asking(page, sign_in) -> None:
    sign_in(make_user("researcher"))
    page.goto("/tokens/")
    page.get_by_role("link", name="New token").first.click()
    page.get_by_label("Name").fill("training cluster")
    page.get_by_label("Push results").check()
    page.get_by_role("button", name="Create token").click()
    assert page.locator("#secret").inner_text().startswith("plb_")
    page.get_by_role("link", name="Done").click()
    page.get_by_role("button", name="Revoke").click()
    assert Token.objects.usable().exists()
    page.locator("#confirm").get_by_role("button", name="Revoke").click()
    page.get_by_text("is revoked").wait_for()
    assert not Token.objects.usable().exists()
