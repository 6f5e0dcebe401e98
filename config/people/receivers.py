from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.dispatch import receiver

from config.people.models import User
from config.people.services.notices import forget
from config.people.services.saved_views import forget_views
from config.people.signals import user_pseudonymised


@receiver(user_pseudonymised, dispatch_uid="people_forget_notices")
def forget_notices(user: User, **_: Any) -> None:
    """What they were told of and what they watched goes with the name."""
    forget(user)


@receiver(user_pseudonymised, dispatch_uid="people_forget_views")
def forget_saved_views(user: User, former_username: str, **_: Any) -> None:
    """Their private views go; shared ones stay for those who use them, under the pseudonym."""
    forget_views(user, former_username)


@receiver(user_pseudonymised, dispatch_uid="people_forget_name")
def forget_name(user: User, former_username: str, **_: Any) -> None:
    """Sign-in records and the admin's log hold names too; an erasure removes them there."""
    for records in (AccessAttempt, AccessFailureLog, AccessLog):
        records.objects.filter(username=former_username).delete()
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=kind, object_id=str(user.pk)).update(object_repr=str(user))
