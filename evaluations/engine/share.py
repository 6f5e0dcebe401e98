"""How long a worker stays with a run before the next one has its turn: fair between rounds, weighted by priority."""

from django.conf import settings

from evaluations.models import Origin, Round, Run

WEIGHTS = {Round.Priority.LAUNCH: 4.0, Round.Priority.NORMAL: 2.0, Round.Priority.BULK: 1.0}


def slice_seconds(run: Run) -> float:
    """Seconds for this slice. One query.

    Alone, a run gets a whole slice. Else every round gets the same time a turn, four times as much for a launch as for bulk, split
    between its runs: messages are served in order, so a round of a hundred runs gets no more than a round of one.
    """
    others = Run.objects.moving().filter(paused_since=None).exclude(pk=run.pk)
    waiting = list(
        others.exclude(origin=Origin.PUSH, state=Run.State.RUNNING).values_list("round_id", "priority")[:500]
    )
    whole = float(settings.SLICE_SECONDS)
    if not waiting:
        return whole
    siblings = 1 + sum(round_id == run.round_id for round_id, _ in waiting if round_id is not None)
    share = whole / 6 * WEIGHTS[Round.Priority(run.priority)] / siblings
    return min(whole, max(whole / 30, share))
