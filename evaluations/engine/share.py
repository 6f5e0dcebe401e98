"""How long a worker stays with a run before the next one has its turn: fair between rounds, weighted by priority."""

from django.conf import settings

from evaluations.models import Origin, Round, Run

WEIGHTS = {Round.Priority.LAUNCH: 4.0, Round.Priority.NORMAL: 2.0, Round.Priority.BULK: 1.0}


def slice_seconds(run: Run) -> float:
    """Seconds for this slice; 0 while it is not this run's turn. One query.

    Alone, a run gets a whole slice. Else every round gets the same time a turn, four times as much for a launch as for bulk, split
    between its runs: messages are served in order, so a round of a hundred runs gets no more than a round of one. Where other rounds
    wait and the parts would be too short to work with, the oldest runs of the round go first and the rest wait for them to end.
    """
    others = Run.objects.moving().filter(paused_since=None).exclude(pk=run.pk)
    waiting = list(
        others.exclude(origin=Origin.PUSH, state=Run.State.RUNNING)
        .order_by("priority", "pk")
        .values_list("pk", "round_id")[:500]
    )
    whole = float(settings.SLICE_SECONDS)
    if not waiting:
        return whole
    siblings = [pk for pk, round_id in waiting if round_id is not None and round_id == run.round_id]
    shortest = whole / 30
    of_the_round = whole / 6 * WEIGHTS[Round.Priority(run.priority)]
    older = sum(pk < run.pk for pk in siblings)
    if len(siblings) < len(waiting) and older >= of_the_round / shortest:
        return 0.0
    return min(whole, max(shortest, of_the_round / (1 + len(siblings))))
