"""Writing requirements in a real browser: from the keyboard alone, beside somebody else, and as it looks."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from capabilities.models import Criterion, Product, Requirement, Revision
from config.people.models import Role, User
from evaluations.models import Scorer
from tests.browser import BROWSER_PATIENCE_MS, accessibility_problems, screenshot
from tests.factories.capabilities import approve_revision, make_product, make_requirement, make_rival_set
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Any], None]
PASSWORD = "plumb-lines-hang-straight-7"


@pytest.fixture
def product() -> Product:
    """A product with a check, an evaluation of 80 cases in two languages, and runs of all three sides."""
    scorer = make_scorer_version(slug="right-sentiment", kind="within")
    scorer.scorer.name = "Sentiment within 1"
    scorer.scorer.save()
    cases = [{"key": f"review-{n}", "slices": {"lang": "de" if n < 40 else "fi"}} for n in range(80)]
    evaluation = make_evaluation_version(make_dataset_version(cases), [scorer])
    rival = make_model(slug="nova", side="competitor")
    for model, right in (
        (make_model_version(slug="aria", name="2"), 70),
        (make_model_version(rival, name="5"), 72),
        (make_model_version(slug="words", name="1", side="simple"), 50),
    ):
        make_finished_run([1.0] * right + [0.0] * (80 - right), evaluation, model)
    product = make_product(key="VA", name="Aria assistant", approvals_required=1)
    make_rival_set(product, [rival])
    return product


def person(name: str, **fields: Any) -> User:
    user = make_user(Role.PM, username=name, approver=True, **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.mark.usefixtures("product")
def test_how_the_pages_of_writing_look(page: Page, sign_in: SignIn) -> None:
    sign_in(person("priya"))
    problems = []
    requirement = make_requirement(
        Product.objects.get(),
        revision={
            "shall": "always summarise the review and translate the summary",
            "examples": [{"input": "Great, it crashed.", "good": "1", "bad": "5"}],
        },
        criteria=[{"threshold": 0.9}],
    )
    scorer = Criterion.objects.get().scorer
    pages = {
        "write-new": "/requirements/new/?template=extraction-sentiment-keywords",
        "write-empty": "/requirements/new/",
        "write-detail": f"/requirements/{requirement.key}/",
        "write-edit": f"/requirements/{requirement.key}/edit/",
        "write-packs": "/requirements/templates/",
        "write-pack": "/requirements/templates/rag-answers/",
        "write-criterion": f"/requirements/{requirement.key}/criteria/new/?measurable=yes&statistic=mean&against=threshold&threshold=99"
        f"&confidence=0.95&reach=general&must=must&relation=better&quantifier=every&cases=80&scorer={scorer_id('right-sentiment')}",
        "write-criterion-all": f"/requirements/{requirement.key}/criteria/new/?measurable=yes&statistic=pass_all&against=threshold&tries=3"
        f"&confidence=0.95&reach=these&must=must&relation=better&quantifier=every&scorer={scorer_id('right-sentiment')}",
    }
    assert scorer is not None
    for name, url in pages.items():
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(url)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            problems += [f"{name} {theme}: {problem}" for problem in accessibility_problems(page)]
        screenshot(page, name)
        page.set_viewport_size({"width": 390, "height": 844})
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            problems.append(f"{name} is wider than a phone")
        screenshot(page, f"{name}-phone")
    assert problems == []


@pytest.fixture
def browser_of(browser: Browser, live_server: Any) -> Iterator[Callable[[], Page]]:
    """A fresh visitor each time it is called."""
    visitors = []

    def open_one() -> Page:
        visitor = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
        visitor.set_default_timeout(BROWSER_PATIENCE_MS)
        visitors.append(visitor)
        return visitor.new_page()

    yield open_one
    for visitor in visitors:
        visitor.close()


# Keys of this visit, and among them those that are no letter: each is a step one has to think of.
COUNTING = """addEventListener("keydown", (event) => {
  for (const name of event.key.length > 1 ? ["keys", "steps"] : ["keys"]) sessionStorage[name] = 1 + Number(sessionStorage[name] || 0);
}, true)"""


def seconds_taken(page: Page) -> float:
    """By the keystroke-level model of Card, Moran and Newell (1980): 0.28 s a key of an average typist, 1.35 s of thought a step."""
    pressed, steps = page.evaluate("[Number(sessionStorage.keys), Number(sessionStorage.steps)]")
    return float(pressed * 0.28 + steps * 1.35)


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def focused(page: Page) -> str:
    """The id, or else the words, of what has the focus."""
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))


def tab_to(page: Page, wanted: str, most: int = 40) -> int:
    """Tab until the element of this id (or with these words) has the focus; answers how many presses it took."""
    for presses in range(most + 1):
        if focused(page) == wanted:
            return presses
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached; the focus is on {focused(page)}")


def sign_in_by_keys(page: Page, name: str) -> None:
    page.goto("/sign-in/")
    page.keyboard.type(name)
    keys(page, "Tab")
    page.keyboard.type(PASSWORD)
    keys(page, "Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def write_statement(page: Page) -> None:
    """A draft whose wording a button mends."""
    keys(page, "c")
    page.wait_for_url("**/requirements/new/**")
    assert focused(page) == "id_title"
    page.keyboard.type("Sentiment of an app review")
    tab_to(page, "id_shall", most=3)
    page.keyboard.type("always give the review a sentiment from 1 to 5")
    expect(page.locator("#preview")).to_contain_text("cannot be shown by any number of cases")
    tab_to(page, "Take out “always”", most=2)
    keys(page, "Enter")
    expect(page.locator("#id_shall")).to_have_value("give the review a sentiment from 1 to 5")
    assert focused(page) == "id_shall"
    tab_to(page, "id_rationale", most=2)
    page.keyboard.type("Team leads cannot read four thousand reviews a week.")
    keys(page, "Control+Enter")
    page.wait_for_url("**/requirements/VA-1/")
    expect(page.locator("#open-revision")).to_contain_text("Nothing says when it is met.")


def write_two_criteria(page: Page) -> None:
    """A target, then a rival."""
    keys(page, "a")
    page.wait_for_url("**/criteria/new/")
    assert focused(page) == "id_scorer"
    page.keyboard.type("Sentiment within 1")
    tab_to(page, "id_threshold", most=4)
    page.keyboard.type("100")
    expect(page.locator("#decides")).to_contain_text("can never be shown")
    keys(page, "Control+a")
    page.keyboard.type("85")
    expect(page.locator("#decides")).to_contain_text("87.5")
    tab_to(page, "id_evaluation", most=3)
    keys(page, "ArrowDown")
    expect(page.locator("#decides")).to_contain_text("With your 80 cases at most")
    tab_to(page, "Save, then another", most=12)
    keys(page, "Enter")
    expect(page.locator("main")).to_contain_text("AC-1 is saved. This is the next one.")

    page.keyboard.type("Sentiment within 1")
    tab_to(page, "id_against", most=3)
    page.keyboard.type("Competitors")
    tab_to(page, "id_relation", most=3)
    page.keyboard.type("be no more")
    tab_to(page, "id_margin", most=3)
    page.keyboard.type("5")
    tab_to(page, "id_must", most=8)
    page.keyboard.type("Should")
    keys(page, "Control+Enter")
    page.wait_for_url("**/requirements/VA-1/#AC-2")


def approve_by_keys(second: Page) -> None:
    sign_in_by_keys(second, "omar")
    second.goto("/requirements/VA-1/")
    keys(second, "r")
    assert focused(second) == "review-comment"
    second.keyboard.type("Reads well.")
    tab_to(second, "Approve", most=2)
    keys(second, "Enter")
    expect(second.locator("main")).to_contain_text("Your approval is noted.")


@pytest.mark.usefixtures("product")
def test_from_sign_in_to_agreed_by_keyboard_alone(browser_of: Callable[[], Page]) -> None:
    person("priya"), person("omar")
    page = browser_of()
    page.add_init_script(COUNTING)
    sign_in_by_keys(page, "priya")

    write_statement(page)
    write_two_criteria(page)
    keys(page, "r")
    expect(page.locator("main")).to_contain_text("VA-1 is in review.")
    assert 60 < seconds_taken(page) < 300
    assert accessibility_problems(page) == []

    second = browser_of()
    approve_by_keys(second)
    requirement = Requirement.objects.get()
    assert requirement.lifecycle == "approved"
    agreed = requirement.revisions.get()
    assert not agreed.self_agreed
    said = list(agreed.criteria.values_list("key", "threshold", "against", "margin", "must"))
    assert said == [("AC-1", 0.85, "threshold", 0.0, True), ("AC-2", None, "competitors", -0.05, False)]


def test_two_people_write_at_once_and_lose_nothing(browser_of: Callable[[], Page], product: Product) -> None:
    person("priya"), person("omar")
    make_requirement(
        product,
        revision={"shall": "give three keywords", "rationale": "Leads act on themes."},
        criteria=[{"threshold": 0.9}],
    )
    one, two = browser_of(), browser_of()
    for page, name in ((one, "priya"), (two, "omar")):
        sign_in_by_keys(page, name)
        page.goto("/requirements/VA-1/edit/")
    one.locator("#id_shall").fill("give four keywords")
    one.locator("#id_rationale").fill("Leads act on themes they can count.")
    one.get_by_role("button", name="Save", exact=True).click()
    one.wait_for_url("**/requirements/VA-1/")

    two.locator("#id_shall").fill("give five keywords")
    two.get_by_role("button", name="Save", exact=True).click()
    alert = two.get_by_role("alert")
    expect(alert).to_contain_text("Nothing is lost")
    expect(alert.locator("del")).to_contain_text("four")
    expect(alert.locator("ins")).to_contain_text("five")
    expect(two.locator("#id_rationale")).to_have_value("Leads act on themes they can count.")
    expect(two.locator("#id_shall")).to_have_value("give five keywords")
    assert accessibility_problems(two) == []
    screenshot(two, "write-clash")
    two.get_by_role("button", name="Save", exact=True).click()
    two.wait_for_url("**/requirements/VA-1/")
    said = Revision.objects.get()
    assert (said.shall, said.rationale) == ("give five keywords", "Leads act on themes they can count.")

    for page in (one, two):
        page.goto("/requirements/VA-1/criteria/AC-1/")
    one.locator("#id_threshold").fill("95")
    one.get_by_role("button", name="Save", exact=True).click()
    one.wait_for_url("**/requirements/VA-1/#AC-1")
    approve_revision(Revision.objects.get())
    two.locator("#id_threshold").fill("85")
    two.get_by_role("button", name="Save", exact=True).click()
    expect(two.get_by_role("alert")).to_contain_text("Somebody saved AC-1")
    assert accessibility_problems(two) == []
    screenshot(two, "write-clash-criterion")
    two.get_by_role("button", name="Save", exact=True).click()
    two.wait_for_url("**/requirements/VA-1/#AC-1")
    assert Criterion.objects.get(revision__status="approved").threshold == 0.95
    assert Criterion.objects.get(revision__status="draft").threshold == 0.85


@pytest.mark.usefixtures("product")
def test_a_template_an_example_and_an_old_revision(page: Page, sign_in: SignIn) -> None:
    sign_in(person("priya"))
    page.goto("/requirements/new/")
    page.locator("#id_title").fill("Reads reviews")
    page.locator("#chosen-template").select_option("extraction-sentiment-keywords")
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("#id_title")).to_have_value("Reads reviews")
    expect(page.locator("#id_shall")).to_have_value(
        "give each review a sentiment from 1 to 5, with three keywords for it"
    )
    page.get_by_label("Sentiment within 1 of a careful reader's: measured by").select_option(
        label="Sentiment within 1 (within)"
    )
    page.get_by_role("button", name="Add an example").click()
    expect(page.locator("#examples-1-input")).to_be_focused()
    page.keyboard.type("Fine, I guess.")
    page.locator("#examples-1-good").fill("3")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/requirements/VA-1/")
    expect(page.locator("table.examples")).to_contain_text("Fine, I guess.")
    assert [one.measurable for one in Criterion.objects.order_by("key")] == [True, False]

    approve_revision(Revision.objects.get())
    page.goto("/requirements/VA-1/edit/")
    page.locator("#id_shall").fill("give each review a sentiment from 1 to 5")
    page.get_by_role("button", name="Remove example 1").click()
    expect(page.locator("#examples-0-input")).to_have_value("Fine, I guess.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/requirements/VA-1/")
    page.get_by_role("link", name="what it changes").click()
    expect(page.locator("main")).to_contain_text("Example 2")
    screenshot(page, "write-compare")
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Restore revision 1").click()
    page.locator("[data-confirm-ok]").click()
    page.wait_for_url("**/requirements/VA-1/")
    draft = Revision.objects.get(status="draft")
    assert (draft.number, len(draft.examples)) == (3, 2)
    screenshot(page, "write-restored")


def test_a_pack_becomes_drafts(page: Page, sign_in: SignIn, product: Product) -> None:
    sign_in(person("priya"))
    page.goto("/requirements/templates/")
    page.get_by_role("link", name="Safety cases").click()
    page.get_by_role("checkbox", name="Keeps personal data of others to itself").uncheck()
    page.get_by_role("button", name="Make these drafts").click()
    page.wait_for_url("**capability=safety-cases**")
    expect(page.locator("main")).to_contain_text("4 drafts")
    assert product.requirements.count() == 4


def scorer_id(slug: str) -> int:
    return Scorer.objects.get(slug=slug).pk
