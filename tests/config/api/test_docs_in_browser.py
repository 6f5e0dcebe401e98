import os

import pytest
from playwright.sync_api import sync_playwright

from tests.factories.people import make_user

CHROMIUM = "/usr/bin/chromium"
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.skipif(not os.path.exists(CHROMIUM), reason="Debian's chromium is not installed"),
]


@pytest.fixture
def page(live_server, client, monkeypatch):
    # Playwright's sync API runs an event loop in this thread, in which Django would refuse its database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    client.force_login(make_user("viewer"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([cookie])
        yield context.new_page()
        browser.close()


def test_the_docs_work_under_the_strict_content_policy_and_ask_nobody_else(page, live_server) -> None:
    wrong, elsewhere = [], []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((live_server.url, "data:")) else elsewhere.append(request.url)
        ),
    )
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.click("#operations-me-me_retrieve .opblock-summary-control")
    page.click(".try-out__btn")
    page.click("button.execute")
    page.wait_for_selector(".live-responses-table .response-col_status:has-text('200')")
    assert (wrong, elsewhere) == ([], [])
