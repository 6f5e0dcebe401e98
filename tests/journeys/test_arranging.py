"""The capability tree and the board of objectives by mouse, by key, on a phone and without script."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from capabilities.models import Capability, Objective, Product
from config.people.models import Role
from tests.browser import accessibility_problems, screenshot
from tests.factories.capabilities import make_capability, make_criterion, make_product, make_requirement
from tests.factories.people import make_user

THEMES: tuple[Any, ...] = ("light", "dark")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def product(sign_in: Callable[[Any], None]) -> Product:
    made = make_product(key="VA")
    top = make_capability(made, slug="speech", name="Speech in noisy places", kinds=["asr"])
    make_capability(made, slug="wording", name="Wording", position=1)
    make_capability(made, slug="tone", name="Tone", parent=top)
    owner = make_user(first_name="Ada", last_name="Vogel")
    for number, (title, horizon) in enumerate(
        (("Ship in autumn", "now"), ("Lead in speech", "now"), ("Explore", "later"))
    ):
        aim = Objective.objects.create(
            product=made,
            title=title,
            horizon=horizon,
            position=number,
            narrative="Users are **understood** at once.",
        )
        requirement = make_requirement(made, objective=aim, capability=top, owner=owner)
        if number:
            make_criterion(requirement.revisions.get())
    sign_in(make_user(Role.PM))
    return made


@pytest.mark.parametrize(
    "path", ["/capabilities/tree/", "/objectives/", "/capabilities/tone/merge/?into=wording"]
)
def test_it_is_accessible_and_fits_in_both_themes(page: Page, product: Product, path: str) -> None:
    page.goto(path)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            assert accessibility_problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        screenshot(page, f"{path.strip('/').replace('/', '-').partition('-?')[0]}-{width}")


def test_an_ability_moves_by_key_and_keeps_the_focus(page: Page, product: Product) -> None:
    page.goto("/capabilities/tree/")
    focused = page.locator("[data-item=wording]:focus-within")
    page.get_by_label("Name of Wording").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-item]").first).to_have_attribute("data-item", "wording")
    expect(focused).to_have_count(1)
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("[data-item]").first).to_have_attribute("data-item", "speech")
    expect(focused).to_have_count(1)
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("[data-item=wording]")).to_have_class("level-2")
    assert accessibility_problems(page) == []


def test_an_ability_is_dragged_into_another(page: Page, product: Product) -> None:
    page.goto("/capabilities/tree/")
    page.locator("[data-item=tone] .grip").drag_to(page.locator("[data-item=wording]"))
    expect(page.locator("[data-item]").nth(1)).to_have_attribute("data-item", "wording")
    assert Capability.objects.get(slug="tone").parent == Capability.objects.get(slug="wording")


def test_an_ability_is_renamed_and_a_new_one_written(page: Page, product: Product) -> None:
    page.goto("/capabilities/tree/")
    page.get_by_label("Name of Tone").fill("Tone of voice")
    page.keyboard.press("Enter")
    expect(page.get_by_text("It is called Tone of voice now.")).to_be_visible()
    page.get_by_label("New ability at the top").fill("Memory")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name of Memory")).to_be_visible()


def test_an_objective_moves_by_key_and_by_drag(page: Page, product: Product) -> None:
    page.goto("/objectives/")
    first = Objective.objects.get(title="Ship in autumn")
    page.get_by_role("link", name="Ship in autumn", exact=True).focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator(f"[data-list=next] [data-item='{first.pk}']")).to_be_visible()
    page.locator(f"[data-item='{first.pk}'] .grip").drag_to(page.locator("#column-later"))
    expect(page.locator(f"[data-list=later] [data-item='{first.pk}']")).to_be_visible()
    assert Objective.objects.get(pk=first.pk).horizon == "later"


def test_both_are_arranged_without_script(browser: Browser, page: Page, product: Product) -> None:
    page.goto("/objectives/")
    plain = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    ).new_page()
    plain.goto(page.url)
    plain.get_by_role("button", name="Explore: sooner").click()
    expect(plain.locator("[data-list=next]").get_by_role("link", name="Explore", exact=True)).to_be_visible()
    plain.goto(page.url.replace("/objectives/", "/capabilities/tree/"))
    plain.get_by_role("button", name="Wording: up").click()
    expect(plain.locator("[data-item]").first).to_have_attribute("data-item", "wording")
    plain.context.close()
