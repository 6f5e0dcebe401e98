from datetime import datetime
from itertools import count
from typing import Any

from django.utils import timezone

from config.people.models import Letter, Notice, Role, Token, User
from config.people.services.tokens import issue_token

NUMBERS = count(1)
PASSWORD = "correct horse battery"


def make_user(role: str = Role.PM, **fields: Any) -> User:
    """An active person; `password=PASSWORD` when the test signs in by form (hashing is slow)."""
    password = fields.pop("password", None)
    name = fields.pop("username", None) or f"{role}-{next(NUMBERS)}"
    is_admin = role == Role.ADMIN
    user = User(username=name, role=role, is_staff=is_admin, is_superuser=is_admin, **fields)
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save()
    return user


def make_token(
    user: User | None = None, scopes: tuple[str, ...] = ("read",), expires_at: datetime | None = None
) -> tuple[Token, str]:
    """A token and its secret, through the real service."""
    return issue_token(user=user or make_user(), name="a test", scopes=scopes, expires_at=expires_at)


def make_letter(**fields: Any) -> Letter:
    """A letter that waits to be sent."""
    return Letter.objects.create(person=make_user(), next_try_at=timezone.now(), **fields)


def make_notice(person: User | None = None, **fields: Any) -> Notice:
    """Something a person was told and has not read."""
    fields.setdefault("event", f"test:{next(NUMBERS)}")
    defaults = {
        "kind": "comment",
        "noun": "requirement",
        "object_id": 1,
        "label": "VA-1",
        "text": "commented",
    }
    return Notice.objects.create(
        person=person or make_user(),
        **({"at": timezone.now(), "url": "/requirements/VA-1/"} | defaults | fields),
    )
