import pytest

from config.people.models import AuditEntry, Token
from config.people.services.audit import record
from tests.factories.people import make_token, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = make_user("admin")
    client.force_login(user)
    return user


@pytest.mark.parametrize("noun", ["user", "token", "auditentry"])
def test_the_lists_open_and_search(client, admin, noun) -> None:
    record(actor=admin, verb="thing.changed", noun="thing")
    make_token(admin)
    assert client.get(f"/admin/people/{noun}/", {"q": "a"}).status_code == 200


def test_neither_the_token_nor_its_digest_is_shown(client, admin) -> None:
    token, secret = make_token(admin)
    page = client.get(f"/admin/people/token/{token.pk}/change/").content.decode()
    assert token.prefix in page
    assert token.digest not in page
    assert secret not in page


def test_a_token_is_revoked_by_the_same_service(client, admin) -> None:
    token, _ = make_token(admin)
    client.post("/admin/people/token/", {"action": "revoke", "_selected_action": [token.pk]})
    assert not Token.objects.usable().exists()
    assert AuditEntry.objects.get(verb="token.revoked").via == "admin"


def test_the_trail_is_read_only(client, admin) -> None:
    entry = record(actor=admin, verb="thing.changed", noun="thing")
    assert client.post(f"/admin/people/auditentry/{entry.pk}/change/", {"label": "x"}).status_code == 403
    assert client.post(f"/admin/people/auditentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/people/auditentry/add/").status_code == 403


def test_a_role_changed_in_the_admin_is_audited(client, admin) -> None:
    user = make_user("viewer")
    client.post(f"/admin/people/user/{user.pk}/change/", {"role": "researcher", "email": ""})
    user.refresh_from_db()
    assert user.role == "researcher"
    assert AuditEntry.objects.get(verb="user.role_changed").before["role"] == "viewer"


def test_only_administrators_enter(client) -> None:
    client.force_login(make_user("pm"))
    assert client.get("/admin/people/user/").status_code == 302
