"""How runs and rounds end when there is nothing to score."""

from collections import Counter

from django.db import transaction
from django.db.models.functions import Now

from evaluations import signals
from evaluations.models import Round, Run, WorkItem

MOVING = (Run.State.QUEUED, Run.State.RUNNING, Run.State.SCORING)


@transaction.atomic
def end_run(*, run: Run, state: str, failure: str = "") -> None:
    """Fail or cancel a run: what was not called is cancelled, `run_ended` is announced. For a run held under lock."""
    run.items.filter(state__in=[WorkItem.State.PENDING, WorkItem.State.LEASED]).update(
        state=WorkItem.State.CANCELLED, lease_until=None, not_before=None
    )
    told = {"failure": failure[:500]} if failure else {}
    Run.objects.filter(pk=run.pk).update(
        state=state, finished_at=Now(), paused_reason="", paused_since=None, **told
    )
    if run.round_id:
        close_round(round_id=run.round_id)
    run_id = run.pk
    transaction.on_commit(lambda: signals.run_ended.send(Run, run_id=run_id))


@transaction.atomic
def close_round(*, round_id: int) -> bool:
    """Mark a round finished once none of its runs moves; its summary counts them by state."""
    ended = Round.objects.select_for_update(no_key=True).get(pk=round_id)
    states = Counter(Run.objects.filter(round_id=round_id).values_list("state", flat=True))
    if any(states[state] for state in MOVING):
        return False
    Round.objects.filter(pk=round_id).update(
        finished_at=Now(), summary=ended.summary | {"runs": dict(states)}
    )
    return True
