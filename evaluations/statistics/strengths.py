"""Where is a version better than anything it is held against? One look per slice; all looks are corrected together."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluations.statistics.estimation import estimate
from evaluations.statistics.multiplicity import benjamini_hochberg
from evaluations.statistics.pairs import align
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Outcome, Reason, Result
from evaluations.statistics.rivals import against_rival
from evaluations.statistics.samples import Kind, Rule, Samples
from evaluations.statistics.thresholds import against_threshold

FALSE_SHARE = 0.05
HALVINGS = 40


@dataclass(frozen=True)
class Look:
    """One slice held against every rival, or against a value.

    result: by itself; of several rivals the one that came closest, which place names. p: of no strength, the largest over the rivals;
    1 where it is not better. None: it cannot be tested (too few, too much missing, one source), and does not count as a look.
    """

    result: Result
    place: int
    p: float | None


def ahead_of_every(ours: Samples, theirs: Sequence[Samples], rule: Rule) -> Look:
    """Better than each of them, which is as sure as the least sure of the comparisons (intersection–union). theirs: at least one."""
    results = [
        against_rival(*((ours, rival) if ours.items == rival.items else align(ours, rival)), rule)
        for rival in theirs
    ]
    place = min(range(len(results)), key=lambda one: _gain(results[one]))
    tested = [_p_ahead(result) for result in results]
    known = [p for p in tested if p is not None]
    return Look(results[place], place, max(known) if len(known) == len(tested) else None)


def beyond(samples: Samples, value: float, rule: Rule) -> Look:
    """Better than a value that was said beforehand. p: 1 − the largest confidence at which the range leaves the value out."""
    aimed = Rule(confidence=rule.confidence, min_n=rule.min_n, threshold=value)
    result = against_threshold(samples, aimed)
    if result.reason not in (Reason.NONE, Reason.STRADDLES) or result.interval is None:
        return Look(result, 0, None)
    # A figure over all samples has its range by resampling: read once, at the confidence it was asked for.
    if samples.kind is Kind.SET:
        return Look(result, 0, None)
    return Look(result, 0, _p_beyond(samples, value) if _clears(samples, value, rule.confidence) else 1.0)


def standing_out(looks: Sequence[Look], false_share: float = FALSE_SHARE) -> list[bool]:
    """Which looks stand when all that were tested are counted together (Benjamini and Hochberg), by themselves too."""
    tested = [place for place, look in enumerate(looks) if look.p is not None]
    adjusted = dict(zip(tested, benjamini_hochberg([looks[place].p or 0.0 for place in tested]), strict=True))
    return [
        adjusted.get(place, 1.0) <= false_share + SLACK and look.result.outcome is Outcome.MET
        for place, look in enumerate(looks)
    ]


def _p_ahead(result: Result) -> float | None:
    if result.p is None or result.reason not in (Reason.NONE, Reason.STRADDLES):
        return None
    return result.p if result.outcome is Outcome.MET and _gain(result) > 0 else 1.0


def _gain(result: Result) -> float:
    if result.point is None:
        return float("-inf")
    return result.point if result.higher_is_better else -result.point


def _p_beyond(samples: Samples, value: float) -> float:
    """By halving: the range grows with its confidence."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _clears(samples, value, middle) else (low, middle)
    return 1.0 - low


def _clears(samples: Samples, value: float, confidence: float) -> bool:
    interval = estimate(samples, confidence).interval
    if interval is None:
        return False
    return interval.low > value if samples.higher_is_better else interval.high < value
