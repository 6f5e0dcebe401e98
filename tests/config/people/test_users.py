import pytest
from axes.models import AccessLog
from django.core.exceptions import ValidationError

from config.people.models import AuditEntry, Role, Token, User
from config.people.services import users
from tests.factories.people import PASSWORD, make_token, make_user

pytestmark = pytest.mark.django_db


def test_a_person_is_created_with_a_role_and_audited() -> None:
    admin = make_user("admin")
    user = users.create_user(actor=admin, username="ada", password=PASSWORD, role="pm", approver=True)
    assert user.check_password(PASSWORD)
    entry = AuditEntry.objects.get(verb="user.created")
    assert (entry.actor, entry.after["role"], entry.object_id) == (admin, "pm", str(user.pk))


@pytest.mark.parametrize(
    "given",
    [
        {"password": "short"},
        {"password": "1234567890123"},
        {"username": "has spaces"},
        {"username": "taken"},
        {"role": "king"},
        {"email": "nonsense"},
    ],
)
def test_a_person_who_could_not_be_is_refused(given) -> None:
    make_user(username="taken")
    with pytest.raises(ValidationError):
        users.create_user(**{"actor": None, "username": "ada", "password": PASSWORD, **given})
    assert not AuditEntry.objects.exists()


def test_the_admin_site_follows_the_role() -> None:
    user = make_user("viewer")
    assert users.change_role(user=user, actor=None, role="admin").is_superuser
    make_user("admin")
    changed = users.change_role(user=user, actor=None, role="pm")
    assert (changed.is_staff, changed.is_superuser) == (False, False)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda user: users.change_role(user=user, actor=user, role="pm"),
        lambda user: users.deactivate_user(user=user, actor=user),
        lambda user: users.pseudonymise_user(user=user, actor=user),
    ],
)
def test_the_last_administrator_stays(attempt) -> None:
    admin = make_user("admin")
    make_user("admin", is_active=False)
    with pytest.raises(users.LastAdministrator):
        attempt(admin)
    admin.refresh_from_db()
    assert (admin.role, admin.is_active) == (Role.ADMIN, True)


def test_a_change_that_changes_nothing_is_not_audited() -> None:
    user = make_user("pm")
    users.change_role(user=user, actor=None, role="pm", approver=False)
    assert not AuditEntry.objects.exists()


def test_deactivating_signs_out_and_revokes(client) -> None:
    token, _ = make_token()
    client.force_login(token.user)
    users.deactivate_user(user=token.user, actor=None)
    assert client.get("/tokens/").status_code == 302
    assert not Token.objects.usable().exists()


def test_erasure_leaves_a_pseudonym_and_no_name_anywhere() -> None:
    admin = make_user("admin")
    user = users.create_user(
        actor=admin, username="ada.lovelace", password=PASSWORD, email="ada@example.org", first_name="Ada"
    )
    AccessLog.objects.create(username="ada.lovelace")
    users.pseudonymise_user(user=user, actor=admin)
    erased = User.objects.get(pk=user.pk)
    assert (erased.username, erased.email, erased.first_name) == (f"erased-{user.pk}", "", "")
    assert not erased.is_active
    assert not erased.has_usable_password()
    assert not AccessLog.objects.filter(username="ada.lovelace").exists()
    assert not any("ada" in f"{e.label} {e.before} {e.after}".lower() for e in AuditEntry.objects.all())


def test_a_reset_password_is_the_only_one_that_works() -> None:
    user = make_user(password=PASSWORD)
    fresh = users.reset_password(user=user, actor=None)
    user.refresh_from_db()
    assert user.check_password(fresh)
    assert not user.check_password(PASSWORD)
