from django.http import HttpRequest

from config.people.models import User


def person(request: HttpRequest) -> User:
    """Who is signed in; only for views that `requires` guards."""
    if not isinstance(request.user, User):
        raise TypeError("This view must be guarded by `requires`.")
    return request.user
