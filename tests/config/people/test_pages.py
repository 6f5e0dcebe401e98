import pytest

from config.people.models import Token, User
from tests.factories.people import PASSWORD, make_token, make_user

pytestmark = pytest.mark.django_db
OWN = ["/account/", "/account/password/", "/tokens/", "/tokens/new/"]
ADMINISTRATION = ["/members/", "/members/new/", "/audit/"]
CHANGES = ["reset-password", "deactivate", "reactivate", "erase"]


@pytest.mark.parametrize("path", OWN + ADMINISTRATION)
def test_strangers_are_asked_to_sign_in(client, path) -> None:
    reply = client.get(path)
    assert reply.status_code == 302
    assert reply.url == f"/sign-in/?next={path}"


@pytest.mark.parametrize("role", ["viewer", "researcher", "pm", "admin"])
@pytest.mark.parametrize("path", OWN)
def test_everybody_has_an_account_and_tokens(client, role, path) -> None:
    client.force_login(make_user(role))
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("role", ["viewer", "researcher", "pm"])
@pytest.mark.parametrize("path", ADMINISTRATION)
def test_others_are_told_which_role_is_needed(client, role, path) -> None:
    client.force_login(make_user(role))
    reply = client.get(path)
    assert reply.status_code == 403
    assert "Administrator" in reply.content.decode()


@pytest.mark.parametrize("change", CHANGES)
def test_only_administrators_change_members(client, change) -> None:
    member = make_user("viewer")
    client.force_login(make_user("pm"))
    assert client.post(f"/members/{member.pk}/{change}/").status_code == 403
    client.force_login(make_user("admin"))
    assert client.post(f"/members/{member.pk}/{change}/").status_code in {200, 302}


@pytest.mark.parametrize("change", CHANGES)
def test_a_member_is_not_changed_by_following_a_link(client, change) -> None:
    client.force_login(make_user("admin"))
    assert client.get(f"/members/{make_user().pk}/{change}/").status_code == 405


def test_a_new_member_signs_in_with_the_password_shown_once(client) -> None:
    client.force_login(make_user("admin"))
    page = client.post("/members/new/", {"username": "ada", "role": "pm", "approver": "on"})
    password = page.context["password"]
    assert password in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    client.logout()
    assert client.post("/sign-in/", {"username": "ada", "password": password}).status_code == 302


def test_a_taken_name_is_said_beside_its_field(client) -> None:
    make_user(username="ada")
    client.force_login(make_user("admin"))
    page = client.post("/members/new/", {"username": "ada", "role": "pm"})
    assert page.context["form"].errors["username"]


def test_a_role_is_changed_on_the_members_page(client) -> None:
    member = make_user("viewer")
    client.force_login(make_user("admin"))
    client.post(f"/members/{member.pk}/", {"role": "pm", "approver": "on"})
    member.refresh_from_db()
    assert (member.role, member.approver) == ("pm", True)


def test_the_last_administrator_is_told_why_they_stay(client) -> None:
    admin = make_user("admin")
    client.force_login(admin)
    page = client.post(f"/members/{admin.pk}/", {"role": "viewer"})
    assert "last active administrator" in page.content.decode()
    page = client.post(f"/members/{admin.pk}/deactivate/", follow=True)
    assert "last active administrator" in page.content.decode()


def test_a_token_is_shown_once(client) -> None:
    client.force_login(make_user("researcher"))
    page = client.post("/tokens/new/", {"name": "cluster", "scopes": ["read", "push"], "expires_in": "7"})
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    listed = client.get("/tokens/").content.decode()
    assert "cluster" in listed
    assert secret not in listed


def test_a_form_offers_only_scopes_of_the_role(client) -> None:
    client.force_login(make_user("viewer"))
    page = client.post("/tokens/new/", {"name": "x", "scopes": ["admin"], "expires_in": "7"})
    assert page.context["form"].errors["scopes"]
    assert not Token.objects.exists()


def test_nobody_revokes_the_token_of_somebody_else(client) -> None:
    token, _ = make_token()
    client.force_login(make_user("admin"))
    assert client.post(f"/tokens/{token.pk}/revoke/").status_code == 404
    client.force_login(token.user)
    client.post(f"/tokens/{token.pk}/revoke/")
    assert not Token.objects.usable().exists()


def test_a_person_changes_their_own_name_and_nothing_else(client) -> None:
    user = make_user("viewer")
    client.force_login(user)
    client.post("/account/", {"first_name": "Ada", "email": "", "role": "admin", "is_superuser": "on"})
    user.refresh_from_db()
    assert (user.first_name, user.role, user.is_superuser) == ("Ada", "viewer", False)


def test_a_person_changes_their_password(client) -> None:
    user = make_user(password=PASSWORD)
    client.force_login(user)
    new = "quite another phrase"
    client.post("/account/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert User.objects.get(pk=user.pk).check_password(new)


@pytest.mark.parametrize(("path", "most"), [("/members/", 6), ("/tokens/", 5), ("/audit/", 7)])
def test_lists_cost_the_same_however_long_they_are(client, django_assert_max_num_queries, path, most) -> None:
    """One of the queries counts what the bell shows."""
    admin = make_user("admin")
    for _ in range(12):
        make_token(admin)
        make_user()
    client.force_login(admin)
    with django_assert_max_num_queries(most):
        assert client.get(path).status_code == 200


def test_a_token_may_be_made_to_last(client) -> None:
    client.force_login(make_user("viewer"))
    client.post("/tokens/new/", {"name": "x", "scopes": ["read"], "expires_in": "never"})
    assert Token.objects.get().expires_at is None
