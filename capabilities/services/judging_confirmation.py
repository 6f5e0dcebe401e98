"""A scheduled verdict that rests on a floating version flips only when a second run agrees. No query."""

from collections.abc import Sequence
from dataclasses import dataclass

from capabilities.models import Verdict
from evaluations.models import Origin, Run
from evaluations.statistics import Outcome, Reason, Result, confirmed


@dataclass(frozen=True)
class Settled:
    """What may be recorded. awaiting: ids of the runs a second one must confirm; order: those nobody ordered one for yet."""

    result: Result
    awaiting: Sequence[int] = ()
    order: Sequence[Run] = ()


def settle(result: Result, runs: Sequence[Run], newest: Verdict | None, standing: Verdict | None) -> Settled:
    """Hold a flip back until another run says the same.

    runs: those the result rests on. newest: the newest verdict of the pair; standing: its newest met or not met that waits for nothing.
    """
    if standing is None:
        return Settled(result)
    known = set(standing.detail.get("runs", ()))
    new = [run for run in runs if _scheduled_and_floating(run) and run.pk not in known]
    held = confirmed(Outcome(standing.outcome), result) if new else result
    if held.reason is not Reason.PENDING_CONFIRMATION:
        return Settled(result)
    waiting = newest is not None and newest.pending_confirmation
    awaited = set(newest.detail.get("awaiting", ())) if newest is not None and waiting else set()
    still_awaited = awaited & {run.pk for run in runs}
    if awaited and not still_awaited and newest is not None:
        if newest.detail.get("computed") == str(result.outcome):
            return Settled(result)
        return Settled(held, [run.pk for run in new])
    awaiting = sorted(still_awaited) or [run.pk for run in new]
    return Settled(held, awaiting, () if still_awaited else new)


def _scheduled_and_floating(run: Run) -> bool:
    return run.origin == Origin.SCHEDULE and run.model_version.floating
