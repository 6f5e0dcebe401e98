from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.errors import Refused
from config.people.models import AuditEntry, Token
from config.people.services.tokens import issue_token, revoke_token
from config.people.services.users import deactivate_user, reactivate_user
from tests.factories.people import make_token, make_user

pytestmark = pytest.mark.django_db
ME = "/api/v1/me/"


def ask(client, secret, keyword="Bearer"):
    return client.get(ME, headers={"Authorization": f"{keyword} {secret}"})


def test_a_token_signs_in(client) -> None:
    _, secret = make_token(make_user("researcher"), ("read", "push"))
    reply = ask(client, secret)
    assert reply.status_code == 200
    assert reply.json()["scopes"] == ["read", "push"]
    assert ask(client, secret, "Token").status_code == 200


def test_the_secret_is_256_bits_and_not_in_the_database() -> None:
    token, secret = make_token()
    assert secret.startswith("plb_")
    assert len(secret) == len("plb_") + 43
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM people_token t WHERE id = %s", [token.pk])
        assert secret not in cursor.fetchone()[0]


@pytest.mark.parametrize("column", ["digest", "prefix"])
def test_what_a_dump_holds_does_not_sign_in(client, column) -> None:
    token, _ = make_token()
    assert ask(client, getattr(token, column)).status_code == 401


def test_a_revoked_token_is_refused_at_once(client) -> None:
    token, secret = make_token()
    assert ask(client, secret).status_code == 200
    revoke_token(token=token, actor=token.user)
    assert ask(client, secret).status_code == 401


def test_an_expired_token_is_refused(client) -> None:
    token, secret = make_token(expires_at=timezone.now() + timedelta(hours=1))
    assert ask(client, secret).status_code == 200
    Token.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ask(client, secret).status_code == 401


def test_the_token_of_a_deactivated_person_stays_refused(client) -> None:
    token, secret = make_token()
    deactivate_user(user=token.user, actor=None)
    assert ask(client, secret).status_code == 401
    reactivate_user(user=token.user, actor=None)
    assert ask(client, secret).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer a b", "Bearer \xff\xfe", "Bearer plb_nonsense", "Bearer " + "x" * 5000]
)
def test_a_header_that_is_no_token_is_a_401_that_says_how(client, header) -> None:
    reply = client.get(ME, headers={"Authorization": header})
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    assert reply.json()["error"]["message"]


def test_a_token_costs_one_query_and_its_use_is_noted_once_a_minute(client) -> None:
    token, secret = make_token()
    with CaptureQueriesContext(
        connection,
    ) as first:
        ask(client, secret)
    with CaptureQueriesContext(connection) as second:
        ask(client, secret)
    assert (len(first), len(second)) == (2, 1)
    Token.objects.filter(pk=token.pk).update(last_used_at=timezone.now() - timedelta(minutes=2))
    ask(client, secret)
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert timezone.now() - token.last_used_at < timedelta(seconds=30)


@pytest.mark.parametrize("scopes", [(), ("admin",), ("read", "nonsense"), ("read_test",)])
def test_a_token_cannot_have_scopes_beyond_the_role(scopes) -> None:
    with pytest.raises(Refused) as refusal:
        issue_token(user=make_user("pm"), name="too much", scopes=scopes)
    assert refusal.value.code == "scope_not_allowed"
    assert not Token.objects.exists()


def test_a_token_cannot_end_before_it_begins() -> None:
    with pytest.raises(Refused, match="future"):
        make_token(expires_at=timezone.now())


def test_a_role_taken_away_takes_the_scope_with_it(client) -> None:
    user = make_user("researcher")
    _, secret = make_token(user, ("read", "push"))
    type(user).objects.filter(pk=user.pk).update(role="viewer")
    assert ask(client, secret).json()["scopes"] == ["read"]


def test_issuing_and_revoking_are_audited_without_the_secret() -> None:
    token, secret = make_token()
    revoke_token(token=token, actor=token.user)
    revoke_token(token=token, actor=token.user)
    entries = list(AuditEntry.objects.filter(noun="token").order_by("pk"))
    assert [entry.verb for entry in entries] == ["token.issued", "token.revoked"]
    assert all(secret not in str(entry.after) and token.digest not in str(entry.after) for entry in entries)
