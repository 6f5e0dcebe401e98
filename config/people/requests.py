from django.http import HttpRequest
from rest_framework.request import Request

from config.people.models import User


def person(request: HttpRequest | Request) -> User:
    """Who is signed in; only for views that need somebody."""
    if not isinstance(request.user, User):
        raise TypeError("This view must be guarded.")
    return request.user
