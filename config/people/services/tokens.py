import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from config.errors import Refused
from config.people.access import scopes_of
from config.people.models import Token, User
from config.people.services.audit import record

PREFIX = "plb_"
SECRET_BYTES = 32
SHOWN_CHARACTERS = 12


def digest_of(secret: str) -> str:
    """SHA-256 in hexadecimal.

    A fast hash is right here: the secret is 256 random bits, so nothing can be guessed from it.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def issue_token(
    *, user: User, name: str, scopes: Sequence[str], expires_at: datetime | None = None
) -> tuple[Token, str]:
    """A new key to the API and its secret, which is not stored and cannot be shown again.

    Raises Refused when a scope is unknown or beyond the person's role, no scope is given, or the expiry has
    passed.
    """
    wanted = list(dict.fromkeys(scopes))
    allowed = scopes_of(user)
    beyond = [scope for scope in wanted if scope not in allowed]
    if not wanted or beyond:
        raise Refused(
            f"Choose scopes that your role allows: {', '.join(allowed)}."
            + (f" Not allowed: {', '.join(beyond)}." if beyond else ""),
            "scope_not_allowed",
            {"scopes": "Not allowed for your role." if beyond else "Choose at least one."},
        )
    if expires_at is not None and expires_at <= timezone.now():
        raise Refused(
            "Choose an expiry in the future.",
            "expiry_passed",
            {"expires_at": "Choose a moment in the future."},
        )
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = Token.objects.create(
        user=user,
        name=name,
        prefix=secret[:SHOWN_CHARACTERS],
        digest=digest_of(secret),
        scopes=wanted,
        expires_at=expires_at,
    )
    _record(token, user, "token.issued", {"scopes": wanted, "expires_at": expires_at})
    return token, secret


@transaction.atomic
def revoke_token(*, token: Token, actor: User | None) -> Token:
    """End a token at once. Revoking it again changes nothing."""
    current = Token.objects.select_for_update().get(pk=token.pk)
    if current.revoked_at is None:
        Token.objects.filter(pk=current.pk).update(revoked_at=Now())
        current.refresh_from_db()
        _record(current, actor, "token.revoked", {"revoked_at": current.revoked_at})
    return current


def _record(token: Token, actor: User | None, verb: str, after: dict[str, object]) -> None:
    record(actor=actor, verb=verb, noun="token", object_id=token.pk, label=token.prefix, after=after)
