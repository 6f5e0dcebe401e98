"""Two people talk over a requirement in a real browser, from the keyboard, until nothing waits any more."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from capabilities.models import Comment, Requirement
from capabilities.services.telling import tell_due
from config.people.models import Role, User
from tests.browser import accessibility_problems, screenshot
from tests.capabilities.pages import make_judged
from tests.factories.capabilities import make_comment, make_product
from tests.factories.people import make_notice, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Any], None]
PERSONAL = {"notices": "/notices/", "watching": "/account/watching/", "notice-settings": "/account/notices/"}


@pytest.fixture
def people() -> tuple[User, User]:
    """A product manager and a researcher of a product with one requirement, VA-1."""
    make_judged(make_product(key="VA", name="Aria assistant"))
    manager = make_user(Role.PM, username="mia", first_name="Mia", last_name="Berg")
    return manager, make_user(Role.RESEARCHER, username="ravi", first_name="Ravi", last_name="Sen")


def test_a_question_goes_to_research_and_its_answer_clears_both_overviews(
    page: Page, sign_in: SignIn, people: tuple[User, User]
) -> None:
    manager, researcher = people
    sign_in(manager)
    page.goto("/requirements/VA-1/")
    field = page.locator("#comment-text")
    field.focus()
    page.keyboard.type("Is this trained yet, @ra")
    expect(page.get_by_role("option", name="@ravi")).to_be_visible()
    assert accessibility_problems(page) == []
    page.keyboard.press("Enter")
    expect(field).to_have_value("Is this trained yet, @ravi ")
    page.keyboard.press("Backspace")
    page.keyboard.type("?")
    page.locator("#comment-kind").select_option("question")
    page.locator("#comment-asked").select_option("research")
    page.get_by_role("button", name="Post").click()
    expect(page.locator("article.comment")).to_contain_text("@Ravi Sen")
    page.goto("/")
    expect(page.locator("#questions")).to_contain_text("Waiting for an answer: 1")

    sign_in(researcher)
    page.goto("/")
    expect(page.locator("#questions")).to_contain_text("Asked of you: 1")
    screenshot(page, "overview-questions")
    page.locator("#questions").get_by_role("link", name="VA-1").click()
    page.locator("summary", has_text="Reply").click()
    page.get_by_label("Reply to Mia Berg").fill("Since Monday.")
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator("article.comment.question > header")).to_contain_text("Question, answered")
    for one in people:
        sign_in(one)
        page.goto("/")
        expect(page.locator("#questions")).to_have_count(0)


def test_who_is_named_finds_it_under_the_bell(page: Page, sign_in: SignIn, people: tuple[User, User]) -> None:
    manager, researcher = people
    said = make_comment(Requirement.objects.get(), "Look, @ravi.", author=manager)
    make_comment(parent=said, text="And @ravi here.", author=manager)
    tell_due()
    sign_in(researcher)
    page.goto("/")
    page.get_by_role("link", name="Notices: 2 unread").click()
    expect(page.locator("#notices")).to_contain_text("2 changes")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**#comment-*")
    expect(page.get_by_role("link", name="Notices", exact=True)).to_be_visible()


def test_the_talk_is_accessible_in_both_themes_and_fits_a_phone(
    page: Page, sign_in: SignIn, people: tuple[User, User]
) -> None:
    manager, researcher = people
    sign_in(manager)
    requirement = make_comment(
        make_judged(make_product(key="TA")), "Needs *two* more nights.", author=researcher
    )
    of = requirement.requirement
    asked = make_comment(
        of, "How many hours of speech, @ravi?", author=manager, kind="question", asked="people"
    )
    make_comment(parent=asked, text="About 40.\n\n* 30 clean\n* 10 noisy", author=researcher, answers=True)
    make_comment(of, "We hold it to 90 %.", author=manager, kind="decision", criterion_key="AC-1")
    make_comment(of, "It hums at night.", author=researcher, kind="issue")
    gone = make_comment(of, "Wrong place.", author=manager)
    signed = Comment.objects.filter(pk=gone.pk)
    signed.update(text="", withdrawn_at="2026-01-01T00:00:00Z")
    for number in range(3):
        make_notice(manager, label="VA-1", text=f"began revision {number + 2}", actor=researcher)
    make_notice(manager, label="A round over the weekend", text="is finished: 3 done, 1 failed")
    problems = []
    for name, url in {
        "comments": "/requirements/TA-1/",
        "questions": "/questions/?state=all&product=TA",
        **PERSONAL,
    }.items():
        page.goto(url)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            problems += [f"{name} {theme}: {found}" for found in accessibility_problems(page)]
        screenshot(page, name)
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        screenshot(page, f"{name}-phone")
        page.set_viewport_size({"width": 1280, "height": 900})
    assert problems == []
