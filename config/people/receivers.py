from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.dispatch import receiver

from config.people.models import User
from config.people.signals import user_pseudonymised


@receiver(user_pseudonymised, dispatch_uid="people_forget_name")
def forget_name(user: User, former_username: str, **_: Any) -> None:
    """Sign-in records and the admin's log hold names too; an erasure removes them there."""
    for records in (AccessAttempt, AccessFailureLog, AccessLog):
        records.objects.filter(username=former_username).delete()
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=kind, object_id=str(user.pk)).update(object_repr=str(user))
