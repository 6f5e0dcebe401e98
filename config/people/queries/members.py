from django.db.models import Count, Q, QuerySet

from config.people.models import User


def members() -> QuerySet[User]:
    """Everybody, active people first, each with `live_tokens`, the number not revoked. One query."""
    live = Count("tokens", filter=Q(tokens__revoked_at=None))
    return User.objects.annotate(live_tokens=live).order_by("-is_active", "username")
