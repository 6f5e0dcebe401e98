"""What it would take: one sentence for each claim beside what was measured, every number from the measurement. No query."""

from capabilities.queries.intent_readings import Claimed, Gap, Measured, Shown, holders, telling
from config.words import FRACTIONS, SPACE, difference, number, range_text, score
from evaluations.statistics import required_n_mean
from evaluations.statistics.quantiles import two_sided_normal

# A gap a hair off zero asks for more cases than anybody has.
MOST_CASES = 1_000_000
LACKING = {
    "no_criterion": "Write a criterion that says how it is measured.",
    "not_measurable": "Find a way to measure it: its criterion says why there is none yet.",
    "not_linked": "Link an evaluation that measures it.",
    "never_run": "Run its evaluation on the version judged.",
    "measured": "Run its evaluation on the rivals of the agreed set.",
}


def what_it_takes(claimed: Claimed, shown: Shown, *, coverage: str = "measured", agreed: bool = True) -> str:
    """coverage: how far the requirement is measured at all; agreed: drafts are not judged."""
    if shown == "unmeasured":
        return _unmeasured(claimed, coverage, agreed=agreed)
    if shown == "beyond":
        return "Claim a lead, or keep parity and say why more is not worth it."
    if shown == "backed":
        return "Nothing: what is measured backs it."
    return {"foundation": _foundation, "parity": _level, "lead": _level, "exclusive": _exclusive}[
        claimed.intent
    ](claimed, shown)


def _unmeasured(claimed: Claimed, coverage: str, *, agreed: bool) -> str:
    if not agreed:
        return "Agree on it first: drafts are not judged."
    if claimed.intent != "foundation" and coverage == "measured" and not claimed.missing:
        return "Name the rivals of this product: without a rival set nothing can be compared."
    if claimed.intent != "foundation" and coverage == "measured":
        return f"Run its evaluation on {_names(claimed.missing)}."
    if claimed.intent == "foundation" and coverage == "measured":
        return LACKING["never_run"]
    return LACKING[coverage]


def _foundation(claimed: Claimed, shown: Shown) -> str:
    gap = telling(claimed)
    if shown == "contradicted":
        return to_target(gap)
    return _settling(claimed)


def to_target(gap: Gap | None) -> str:
    """How far a target is missed, with the plausible range of that distance."""
    if gap is None or not gap.behind or (gap.point or 0.0) >= 0:
        return "The model has to get better at this."
    return _gain(gap, f"reach {'its target' if gap.against == 'target' else gap.against}")


def _settling(claimed: Claimed) -> str:
    """What would settle a foundation that is open."""
    undecided = [one for one in claimed.measured if one.outcome == "inconclusive"]
    wanted = max((one for one in undecided if _needs(one)), key=lambda one: one.needed_n or 0, default=None)
    if wanted is not None:
        return _cases(wanted.key, wanted.needed_n or 0, wanted.n, "would settle it")
    if any(one.never_settles for one in undecided):
        return "More cases would not settle it while the value lies on the target: a clearer target or a better model would."
    if undecided:
        return f"{undecided[0].key} is not decided; its requirement says what holds it back."
    return "Measure the criteria that have no verdict yet."


def _needs(one: Measured) -> bool:
    return one.needed_n is not None and one.needed_n > one.n


def _level(claimed: Claimed, shown: Shown) -> str:
    gap = telling(claimed)
    if gap is None:
        return LACKING["measured"]
    if shown == "contradicted":
        return _contradicted(claimed, gap)
    if claimed.missing and not (gap.point is not None and gap.point < 0):
        return f"Run its evaluation on {_names(claimed.missing)}: it belongs to the agreed set."
    if claimed.intent == "parity" and not any(one.margin or one.equivalence for one in claimed.compared):
        return "Say how much worse still counts as level: a criterion against competitors with a margin can prove it."
    return _more_cases(claimed, gap)


def _contradicted(claimed: Claimed, gap: Gap) -> str:
    if gap.behind:
        more = _asked(claimed, gap)
        goal = f"lead {gap.against} by {difference(more, gap.unit)[1:]}" if more else f"reach {gap.against}"
        return _gain(gap, goal, more)
    if any(one.equal for one in claimed.compared):
        return (
            f"Shown to be practically equal to {gap.against}: claim parity, or get better at {gap.criterion}."
        )
    more = _asked(claimed, gap)
    return _gain(gap, f"lead {gap.against} by {difference(more, gap.unit)[1:]}", more)


def _asked(claimed: Claimed, gap: Gap) -> float:
    """The lead that the gap's criterion asks for."""
    if claimed.intent != "lead":
        return 0.0
    return next((one.margin for one in claimed.measured if one.key == gap.criterion and one.margin > 0), 0.0)


def _gain(gap: Gap, goal: str, more: float = 0.0) -> str:
    """The distance that was measured, with its range; the ends change places since the distance is what is lacking."""
    point = more - (gap.point or 0.0)
    least, most = gap.shown_ends
    low = None if most is None else more - most
    high = None if least is None else more - least
    span = f" (plausibly {_plain_range(low, high, gap.unit)})" if low is not None and high is not None else ""
    return f"{gap.criterion} has to get better by {_plain(point, gap.unit)}{span} to {goal}."


def _more_cases(claimed: Claimed, gap: Gap) -> str:
    goal = _asked(claimed, gap)
    distance = (gap.point or 0.0) - goal
    floor = next((one.margin for one in claimed.measured if one.key == gap.criterion and one.margin < 0), 0.0)
    if claimed.intent == "parity" and floor:
        distance = (gap.point or 0.0) - floor
    needed = _needed(gap, distance)
    if needed is None:
        return f"No number of cases would tell it from {gap.against} while the gap is what we saw: only a better model would."
    if distance < 0:
        return _cases(gap.criterion, needed, gap.n, f"would show that {gap.against} keeps us from it")
    return _cases(gap.criterion, needed, gap.n, f"would prove it against {gap.against}")


def _needed(gap: Gap, distance: float) -> int | None:
    """Cases in all, at four chances in five of noticing, if the gap is what was seen; None when no sensible number would do."""
    if gap.low is None or gap.high is None or gap.n < 1:
        return None
    error = (gap.high - gap.low) / 2 / two_sided_normal(gap.confidence)
    needed = required_n_mean(error * gap.n**0.5, distance, gap.confidence) if error else None
    return needed if needed is not None and needed <= MOST_CASES else None


def _cases(criterion: str, needed: int, had: int, what: str) -> str:
    """Said as more cases; where the number at hand should have done, a little more of the same."""
    more = max(needed - had, 1)
    noun = "case" if more == 1 else "cases"
    return f"About {number(more)} more {noun} {what}, if {criterion} is what we saw ({number(had)} so far)."


def _exclusive(claimed: Claimed, shown: Shown) -> str:
    theirs = holders(claimed)
    if shown == "contradicted":
        if claimed.outcome == "not_met":
            target = next(
                (one.target for one in claimed.measured if one.outcome == "not_met" and one.target), None
            )
            return to_target(target)
        has = [name for name, outcome in theirs.items() if outcome == "met"]
        if has:
            return f"{_names(has)} reaches our target as well: raise the target, or claim parity."
        return _contradicted(claimed, telling(claimed) or claimed.compared[0].known[0])
    if not theirs:
        return "Give it a target of its own: what we meet and every rival misses is ours alone."
    if claimed.missing:
        return f"Run its evaluation on {_names(claimed.missing)}: it belongs to the agreed set."
    if claimed.outcome != "met":
        return _settling(claimed)
    unsure = [name for name, outcome in theirs.items() if outcome == "inconclusive"]
    return f"More cases on {_names(unsure)}: whether it reaches our target is not proven yet."


def _names(names: list[str]) -> str:
    shown = names[:3]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(shown)}{more}"


def _plain(value: float, unit: str) -> str:
    """A distance without its plus: 3.2 points, 120 ms."""
    if unit in FRACTIONS:
        return f"{number(value * 100, 1)}{SPACE}points"
    return score(value, unit)


def _plain_range(low: float, high: float, unit: str) -> str:
    if unit in FRACTIONS:
        return f"{number(low * 100, 1)} to {number(high * 100, 1)}"
    return range_text(low, high, unit)
