import pytest

from tests.factories.people import make_user

pytestmark = pytest.mark.browser


def test_the_docs_work_under_the_strict_content_policy_and_ask_nobody_else(
    page, live_server, sign_in
) -> None:
    sign_in(make_user("viewer"))
    elsewhere = []
    page.on("request", lambda request: elsewhere.append(request.url))
    page.goto("/api/v1/docs/")
    page.click("#operations-tag-me")
    page.click("#operations-me-me_retrieve .opblock-summary-control")
    page.click(".try-out__btn")
    page.click("button.execute")
    page.wait_for_selector(".live-responses-table .response-col_status:has-text('200')")
    assert [url for url in elsewhere if not url.startswith((live_server.url, "data:"))] == []
