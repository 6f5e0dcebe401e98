from django.db import transaction

from config.people.models import Role, User
from config.people.services.users import create_user

USERNAME = "admin"


@transaction.atomic
def make_first_administrator(*, password: str, username: str = USERNAME) -> User | None:
    """The administrator of a new site, who may do everything; None when an active administrator exists already.

    Raises ValidationError when the password is too weak or the name is taken.
    """
    if User.objects.filter(role=Role.ADMIN, is_active=True).exists():
        return None
    return create_user(
        actor=None, username=username, password=password, role=Role.ADMIN, approver=True, may_read_test=True
    )
