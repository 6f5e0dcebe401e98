"""What changed under us, written down and announced."""

from django.db import transaction

from evaluations import signals
from evaluations.models import ModelEvent, Run


def announce_event(run: Run, kind: ModelEvent.Kind, *, before: str = "", after: str = "") -> ModelEvent:
    """Write down that a version changed under us, and say so after the commit."""
    event = ModelEvent.objects.create(
        model_version_id=run.model_version_id, kind=kind, before=before[:200], after=after[:200], run=run
    )
    transaction.on_commit(lambda: signals.model_changed.send(ModelEvent, event_id=event.pk))
    return event
