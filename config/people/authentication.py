"""Sign-in by token for the REST API."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from config.people.models import Token, User
from config.people.services.tokens import digest_of

KEYWORDS = frozenset({b"bearer", b"token"})
USE_NOTED_EVERY = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer plb_…`. One query; a second one at most once a minute to note the use.

    The secret is looked up by its SHA-256, so comparing takes no time that depends on the secret.
    """

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() not in KEYWORDS:
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Write the header as: Authorization: Bearer plb_…", "malformed_token")
        token = self._usable(words[1].decode("latin-1"))
        if token is None:
            raise AuthenticationFailed("This token is unknown, revoked or expired.", "token_refused")
        self._note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Plumbline"'

    def _usable(self, secret: str) -> Token | None:
        tokens = Token.objects.usable().filter(user__is_active=True).select_related("user")
        return tokens.filter(digest=digest_of(secret)).first()

    def _note_use(self, token: Token) -> None:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=Now() - USE_NOTED_EVERY)
        if token.last_used_at is None or token.last_used_at < timezone.now() - USE_NOTED_EVERY:
            Token.objects.filter(stale, pk=token.pk).update(last_used_at=Now())
