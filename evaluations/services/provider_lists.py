"""What providers list, looked at once a day where somebody wants that: which ids are new since the last look."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from evaluations.models import Provider
from evaluations.queries.models import not_registered

EVERY = timedelta(hours=23)


def due_providers() -> QuerySet[Provider]:
    """Providers that are switched on, want to be looked at and were not for a day."""
    wanted = Provider.objects.filter(enabled=True, look_for_models=True)
    return wanted.filter(Q(listed_at=None) | Q(listed_at__lt=timezone.now() - EVERY))


@transaction.atomic
def note_list(*, provider: Provider, names: Sequence[str]) -> list[str]:
    """Remember the list; the ids in it that the list before did not hold and that no version stands for.

    The first list is all new and nothing of it is news. An empty one, as of a provider that is away, leaves what was known.
    """
    locked = Provider.objects.select_for_update().get(pk=provider.pk)
    before = set(locked.listed)
    locked.listed_at = timezone.now()
    locked.listed = sorted(names) or locked.listed
    locked.save(update_fields=["listed_at", "listed"])
    if not before:
        return []
    return not_registered(locked, [name for name in sorted(names) if name not in before])
