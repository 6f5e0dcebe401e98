"""Every page of the site in a browser: a new route is held to this without further work."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from config.people.models import Role
from tests.access_world import make_world
from tests.factories.capabilities import make_product
from tests.factories.people import make_user
from tests.looking import Complaints, problems
from tests.routes import all_calls

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LOOKS: tuple[tuple[int, Any], ...] = ((390, "light"), (1280, "dark"))
# Most pages are looked at in one of the two; both on all of them is what `./plumbline shots` does.
BOTH_EVERY = 5


def test_every_page_is_accessible_fits_a_phone_and_does_not_complain(
    page: Page, sign_in: Callable[[Any], None]
) -> None:
    world = make_world(make_product(key="VA"))
    sign_in(make_user(Role.ADMIN, approver=True, may_read_test=True))
    complaints = Complaints(page)
    seen, found = 0, []
    for call in all_calls():
        if call.method != "GET" or call.route.is_api:
            continue
        address = world.address(call)
        reply = page.request.get(address)
        is_html = reply.headers["content-type"].startswith("text/html") and "<html" in reply.text()
        if not is_html or reply.status == 404:
            continue
        page.goto(address)
        for width, theme in LOOKS if seen % BOTH_EVERY == 0 else [LOOKS[seen % 2]]:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)
            found += [f"{call.route.name} at {width}: {problem}" for problem in problems(page, width)]
        found += [f"{call.route.name}: {complaint}" for complaint in complaints.taken()]
        seen += 1
    assert seen > 60
    assert found == []
