"""A page with nothing on it yet leads on: three things to do, each of which whoever reads it may really do."""

import re

import pytest

from config.people.models import Role
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_product
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
PAGES = [
    "/",
    "/status/",
    "/requirements/",
    "/coverage/",
    "/intent/",
    "/waivers/",
    "/expectations/",
    "/questions/",
    "/baselines/",
]


@pytest.mark.parametrize("role", [Role.PM, Role.VIEWER])
def test_an_empty_page_offers_three_real_actions(role: str) -> None:
    make_product()
    client = signed_in(make_user(role))
    for page in PAGES:
        text = client.get(page).text
        empty = (
            text.partition('<div class="empty">')[2]
            .partition('<div class="buttons">')[2]
            .partition("</div>")[0]
        )
        found = re.findall(r'href="([^"]+)"', empty)
        assert len(found) == 3, page
        for address in found:
            assert client.get(address if address[0] == "/" else page + address).status_code == 200, (
                page,
                address,
            )
