"""What a person wants to hear of."""

from django.db import transaction

from config.people.models import User, Watch


@transaction.atomic
def set_watch(*, person: User, noun: str, object_id: int, product: str = "", stopped: bool = False) -> Watch:
    """Watch it from now on, or (stopped) hear no more of it, even when it is one's own."""
    watch, _ = Watch.objects.update_or_create(
        person=person,
        noun=Watch.Noun(noun),
        object_id=object_id,
        defaults={"product": product, "stopped": stopped},
    )
    return watch
