"""Where another's model stands by our targets, read from the comparisons that our verdicts hold. No query."""

from capabilities.models import VerdictLine
from capabilities.queries.states import CriterionState, RequirementState
from evaluations.statistics import RollUp, roll_up

THEIRS = (VerdictLine.Kind.RIVAL, VerdictLine.Kind.SIMPLE)


def their_outcomes(state: RequirementState) -> dict[int, str]:
    """By version of a rival or a simple alternative that our verdicts were compared with; one that is missing here has no data."""
    lines = [line for one in state.criteria for line in one.lines]
    others = {line.model_version_id for line in lines if line.kind in THEIRS and line.model_version_id}
    return {other: _their_outcome(state, other) for other in sorted(others)}


def _their_outcome(state: RequirementState, version_id: int) -> str:
    found = [
        outcome
        for one in state.criteria
        if one.criterion.must and (outcome := _by_target(one, version_id)) is not None
    ]
    rolled = roll_up(found)
    return "no_data" if rolled == RollUp.NO_CRITERIA else str(rolled)


def _by_target(one: CriterionState, version_id: int) -> str | None:
    """By their plausible range; None for a criterion without a target, which says nothing of others."""
    threshold = one.criterion.threshold
    if threshold is None or one.criterion.against != "threshold":
        return None
    line = next(
        (line for line in one.lines if line.kind in THEIRS and line.model_version_id == version_id), None
    )
    if line is None or one.verdict is None or line.their_low is None or line.their_high is None:
        return "no_data"
    low, high = line.their_low - threshold, line.their_high - threshold
    if not one.verdict.detail.get("higher_is_better", True):
        low, high = -high, -low
    return "met" if low >= 0 else "not_met" if high < 0 else "inconclusive"
