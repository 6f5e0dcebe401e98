"""From criteria to a requirement, and from runs to the worst trend."""

from collections.abc import Iterable
from enum import StrEnum

from evaluations.statistics.results import Outcome, Trend


class RollUp(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    INCONCLUSIVE = "inconclusive"
    NO_DATA = "no_data"
    NO_CRITERIA = "no_criteria"


WAIVED = "waived"
WORST_FIRST = (
    Trend.REGRESSED,
    Trend.UNKNOWN,
    Trend.WITHIN_TOLERANCE,
    Trend.NO_WORSE,
    Trend.IMPROVED,
)


def roll_up(outcomes: Iterable[str]) -> RollUp:
    """Requirement over its must criteria: an outcome each, or "waived", which counts as met.

    No criteria: no_criteria; any not_met: not_met; all met: met; all no_data: no_data; else
    inconclusive. Raises ValueError for any other word.
    """
    seen = {Outcome.MET if outcome == WAIVED else Outcome(outcome) for outcome in outcomes}
    if not seen:
        return RollUp.NO_CRITERIA
    if Outcome.NOT_MET in seen:
        return RollUp.NOT_MET
    return RollUp(next(iter(seen))) if len(seen) == 1 else RollUp.INCONCLUSIVE


def worst_trend(trends: Iterable[Trend]) -> Trend:
    """The worst of several; not knowing is worse than a loss within tolerance."""
    seen = set(trends)
    return next((trend for trend in WORST_FIRST if trend in seen), Trend.UNKNOWN)
