"""A verdict on a floating version flips only when a second run agrees."""

from dataclasses import replace

from evaluations.statistics.results import Outcome, Reason, Result

DECIDED = (Outcome.MET, Outcome.NOT_MET)


def confirmed(standing: Outcome | None, first: Result, second: Result | None = None) -> Result:
    """The result to record when the verdict so far is standing and first has just been judged.

    A flip between met and not_met without an agreeing second run is inconclusive,
    pending_confirmation; with one, the second run is recorded. Anything else is recorded as it is.
    """
    flips = standing in DECIDED and first.outcome in DECIDED and first.outcome != standing
    if not flips:
        return first
    if second is not None and second.outcome == first.outcome:
        return second
    looks = 1 if second is None else 2
    return replace(
        first, outcome=Outcome.INCONCLUSIVE, reason=Reason.PENDING_CONFIRMATION, looks=looks, trend=None
    )
