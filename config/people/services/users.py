from typing import Any, TypedDict, Unpack

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models.functions import Now
from django.utils.crypto import get_random_string

from config.errors import Refused
from config.people.models import Role, Token, User
from config.people.services.audit import record
from config.people.signals import user_pseudonymised

PASSWORD_LENGTH = 20


class LastAdministrator(Refused):
    code = "last_administrator"

    def __init__(self) -> None:
        super().__init__("This is the last active administrator. Make somebody else an administrator first.")


class Particulars(TypedDict, total=False):
    first_name: str
    last_name: str
    approver: bool
    may_read_test: bool


def random_password() -> str:
    return get_random_string(PASSWORD_LENGTH)


def _standing(user: User) -> dict[str, Any]:
    return {
        "role": user.role,
        "approver": user.approver,
        "may_read_test": user.may_read_test,
        "is_active": user.is_active,
    }


def _set_role(user: User, role: str) -> None:
    user.role = role
    # The admin site asks for these two; they follow the role and are never set by themselves.
    user.is_staff = user.is_superuser = role == Role.ADMIN


def _record(verb: str, user: User, actor: User | None, before: dict[str, Any]) -> None:
    record(
        actor=actor,
        verb=verb,
        noun="user",
        object_id=user.pk,
        label=f"person {user.pk}",
        before=before,
        after=_standing(user),
    )


def _locked(user: User) -> User:
    """The user as stored, with every administrator locked too, so two cannot remove each other at once."""
    list(User.objects.select_for_update().filter(role=Role.ADMIN).order_by("pk").values_list("pk"))
    return User.objects.select_for_update().get(pk=user.pk)


def _keep_an_administrator(user: User) -> None:
    others = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk)
    if user.role == Role.ADMIN and user.is_active and not others.exists():
        raise LastAdministrator


@transaction.atomic
def create_user(
    *,
    actor: User | None,
    username: str,
    password: str,
    role: str = Role.VIEWER,
    email: str = "",
    **more: Unpack[Particulars],
) -> User:
    """A person who may sign in.

    more: first_name, last_name, approver, may_read_test. Raises ValidationError when the name is taken or the
    password is too weak.
    """
    user = User(username=username, email=email, **more)
    _set_role(user, role)
    user.password = "!"
    user.full_clean()
    validate_password(password, user)
    user.set_password(password)
    user.save()
    _record("user.created", user, actor, {})
    return user


@transaction.atomic
def change_role(
    *,
    user: User,
    actor: User | None,
    role: str | None = None,
    approver: bool | None = None,
    may_read_test: bool | None = None,
) -> User:
    """Change what a person may do; what is None stays. Raises LastAdministrator."""
    current = _locked(user)
    before = _standing(current)
    if role is not None and role != Role.ADMIN:
        _keep_an_administrator(current)
    _set_role(current, current.role if role is None else role)
    current.approver = current.approver if approver is None else approver
    current.may_read_test = current.may_read_test if may_read_test is None else may_read_test
    if _standing(current) != before:
        current.save()
        _record("user.role_changed", current, actor, before)
    return current


@transaction.atomic
def deactivate_user(*, user: User, actor: User | None) -> User:
    """Sign a person out everywhere and end their tokens; what they wrote stays. Raises LastAdministrator."""
    current = _locked(user)
    before = _standing(current)
    if current.is_active:
        _keep_an_administrator(current)
        current.is_active = False
        current.save(update_fields=["is_active"])
        Token.objects.filter(user=current, revoked_at=None).update(revoked_at=Now())
        _record("user.deactivated", current, actor, before)
    return current


@transaction.atomic
def reactivate_user(*, user: User, actor: User | None) -> User:
    """Let a person sign in again; their former tokens stay revoked."""
    current = _locked(user)
    before = _standing(current)
    if not current.is_active:
        current.is_active = True
        current.save(update_fields=["is_active"])
        _record("user.reactivated", current, actor, before)
    return current


@transaction.atomic
def reset_password(*, user: User, actor: User | None) -> str:
    """A new random password, to be handed over once; it ends the person's open sign-ins."""
    current = _locked(user)
    password = random_password()
    current.set_password(password)
    current.save(update_fields=["password"])
    _record("user.password_reset", current, actor, _standing(current))
    return password


@transaction.atomic
def pseudonymise_user(*, user: User, actor: User | None) -> User:
    """Erase who a person is and keep what they did under a pseudonym.

    Cannot be undone. Raises LastAdministrator.
    """
    current = deactivate_user(user=user, actor=actor)
    former = current.username
    current.username = f"erased-{current.pk}"
    current.first_name = current.last_name = current.email = ""
    current.last_login = None
    current.set_unusable_password()
    current.save()
    current.tokens.update(name="erased")
    user_pseudonymised.send(sender=User, user=current, former_username=former)
    _record("user.pseudonymised", current, actor, _standing(current))
    return current
