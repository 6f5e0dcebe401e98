import pytest
from django.test import Client

from tests.factories.people import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def try_password(client, username, password):
    return client.post("/sign-in/", {"username": username, "password": password})


def test_the_right_password_signs_in(client) -> None:
    user = make_user(password=PASSWORD)
    assert try_password(client, user.username, PASSWORD).status_code == 302
    assert client.get("/tokens/").status_code == 200


def test_after_five_wrong_passwords_even_the_right_one_is_locked_and_the_page_says_why(client) -> None:
    user = make_user(password=PASSWORD)
    for _ in range(5):
        try_password(client, user.username, "wrong")
    sixth = try_password(client, user.username, "wrong")
    assert sixth.status_code == 429
    assert "Wait 15 minutes" in sixth.content.decode()
    assert try_password(client, user.username, PASSWORD).status_code == 429


def test_a_lock_holds_for_one_name_only(client) -> None:
    user, other = make_user(password=PASSWORD), make_user(password=PASSWORD)
    for _ in range(6):
        try_password(client, user.username, "wrong")
    assert try_password(client, other.username, PASSWORD).status_code == 302


def test_a_post_without_the_csrf_token_is_refused_with_a_sentence() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user())
    reply = strict.post("/tokens/new/", {"name": "x", "scopes": ["read"]})
    assert reply.status_code == 403
    assert "reload the page" in reply.content.decode()


def test_an_api_post_by_browser_without_the_csrf_token_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user())
    reply = strict.post("/api/v1/me/", {}, content_type="application/json")
    assert reply.status_code == 403
    assert "CSRF" in reply.json()["error"]["message"]


def test_signing_out_takes_a_post(client) -> None:
    client.force_login(make_user())
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert client.get("/tokens/").status_code == 302


def test_htmx_is_sent_to_the_sign_in_page_as_a_whole(client) -> None:
    reply = client.get(
        "/tokens/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/tokens/"}
    )
    assert reply.headers["HX-Redirect"].startswith("/sign-in/")
