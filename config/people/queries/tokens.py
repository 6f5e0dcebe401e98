from config.people.models import Token, User
from config.people.models.tokens import TokenQuerySet


def tokens_of(user: User) -> TokenQuerySet:
    """The person's tokens, newest first, revoked ones too. One query."""
    return Token.objects.filter(user=user)
