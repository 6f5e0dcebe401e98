import pytest

from config.people.models import Role
from tests.factories.people import make_token, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.api.views")]
NEEDED = {"get": "read", "post": "write", "put": "push", "patch": "admin"}
# POST writes requirements, so a researcher's `write` is not enough for it.
ROLE_ALLOWS = {
    Role.VIEWER: {"get"},
    Role.RESEARCHER: {"get", "put"},
    Role.PM: {"get", "put", "post"},
    Role.ADMIN: {"get", "put", "post", "patch"},
}


def call(client, method, secret=None, path="/api/v1/guarded/"):
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return getattr(client, method)(path, content_type="application/json", headers=headers).status_code


@pytest.mark.parametrize("scope", ["read", "read_test", "push", "gate", "write", "admin"])
def test_a_token_does_exactly_what_its_scope_says(client, scope) -> None:
    _, secret = make_token(make_user("admin"), (scope,))
    allowed = {method for method in NEEDED if call(client, method, secret) == 200}
    assert allowed == {method for method, needed in NEEDED.items() if needed == scope}


@pytest.mark.parametrize("role", list(Role))
def test_a_browser_does_what_its_role_says(client, role) -> None:
    client.force_login(make_user(role))
    assert {method for method in NEEDED if call(client, method) == 200} == ROLE_ALLOWS[role]


def test_a_token_never_goes_beyond_the_role_of_its_person(client) -> None:
    user = make_user("pm")
    _, secret = make_token(user, ("read", "write", "push"))
    type(user).objects.filter(pk=user.pk).update(role=Role.RESEARCHER)
    assert {method for method in NEEDED if call(client, method, secret) == 200} == {"get", "put"}


def test_what_no_view_declared_cannot_be_done(client) -> None:
    _, secret = make_token(make_user("admin"), tuple(NEEDED.values()))
    assert call(client, "delete", secret) == 403


def test_a_refusal_names_the_missing_scope(client) -> None:
    _, secret = make_token(make_user("pm"), ("read",))
    reply = client.post("/api/v1/guarded/", headers={"Authorization": f"Bearer {secret}"})
    assert "“write”" in reply.json()["error"]["message"]


def test_the_membership_of_a_product_decides_where_a_view_asks_for_it(client) -> None:
    client.force_login(make_user("viewer"))
    assert call(client, "post", path="/api/v1/product/?role=pm") == 200
    assert call(client, "post", path="/api/v1/product/?role=viewer") == 403


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/me/", "/api/v1/schema/"])
def test_strangers_get_a_401(client, path) -> None:
    assert client.get(path).status_code == 401


def test_strangers_are_asked_to_sign_in_before_the_docs(client) -> None:
    assert client.get("/api/v1/docs/").url.startswith("/sign-in/")
