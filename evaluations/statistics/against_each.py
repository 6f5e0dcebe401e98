"""Against each of several rivals at once: which differences stand when all comparisons are counted together."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluations.statistics.multiplicity import holm
from evaluations.statistics.pairs import Pairing, pair
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Interval, Outcome, Result
from evaluations.statistics.rivals import judge_lead
from evaluations.statistics.samples import Rule, Samples

DECIDED = (Outcome.MET, Outcome.NOT_MET)


@dataclass(frozen=True)
class EachDifference:
    """Ours minus one rival.

    result: by itself, as `against_rival` tells it. adjusted_p: of no difference, read from the interval that decides and from the
    least kind reading of what is missing, after Holm over all rivals given. corrected: the range at α/N, where N rivals were given.
    supported: the result excludes no difference, and does so among all comparisons.
    """

    result: Result
    adjusted_p: float
    corrected: Interval | None
    supported: bool


def against_each(ours: Samples, theirs: Sequence[Samples], rule: Rule) -> list[EachDifference]:
    """One line per rival, in the order given; rule.margin is not used. A rival that cannot be judged counts in N all the same."""
    pairings = [pair(ours, rival) for rival in theirs]
    return correct_each(pairings, rule)


def correct_each(pairings: Sequence[Pairing], rule: Rule) -> list[EachDifference]:
    """The same from pairings, which may rest on different shared items."""
    results = [judge_lead(pairing, rule) for pairing in pairings]
    raw = [_p(pairing, result) for pairing, result in zip(pairings, results, strict=True)]
    split = 1 - rule.alpha / max(len(pairings), 1)
    return [
        EachDifference(
            result=result,
            adjusted_p=adjusted,
            corrected=pairing.scored.interval(split) if pairing.scored else None,
            supported=_excludes_none(result) and adjusted <= rule.alpha + SLACK,
        )
        for pairing, result, adjusted in zip(pairings, results, holm(raw), strict=True)
    ]


def _p(pairing: Pairing, result: Result) -> float:
    if result.outcome not in DECIDED:
        return 1.0
    return max(1.0 if reading is None else reading.p_value(0.0) for reading in pairing.readings)


def _excludes_none(result: Result) -> bool:
    interval = result.interval
    if result.outcome not in DECIDED or interval is None:
        return False
    return interval.low > 0 or interval.high < 0
