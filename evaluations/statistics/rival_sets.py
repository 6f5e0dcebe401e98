"""Against a whole set of rivals: better than every one of them, or than at least one."""

from collections.abc import Sequence
from dataclasses import replace

from evaluations.statistics.decisions import decide, lean
from evaluations.statistics.differences import Difference, p_above, p_below
from evaluations.statistics.missing import standing
from evaluations.statistics.multiplicity import holm
from evaluations.statistics.pairs import Pairing, pair
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Claim, Interval, Outcome, Reason, Result
from evaluations.statistics.rivals import judge_lead, too_little
from evaluations.statistics.samples import Rule, Samples

INF = float("inf")
OPEN = Interval(-INF, INF, 0.0)
RARE = 3


def against_every(ours: Samples, theirs: Sequence[Samples], rule: Rule) -> Result:
    """The verdict on "ours leads every rival by rule.margin".

    Intersection–union: low = smallest of the unadjusted lows, high = smallest of the highs at α/N,
    never a test against the observed leader only. lines: one result per rival, in order.
    """
    return judge_set([pair(ours, rival) for rival in theirs], rule, Claim.EVERY)


def against_any(ours: Samples, theirs: Sequence[Samples], rule: Rule) -> Result:
    """The verdict on "ours leads at least one rival by rule.margin".

    Mirror image of every: low = largest of the lows at α/N, high = largest of the unadjusted highs.
    lines: a rival counts as beaten only when Holm's correction over the set lets it.
    """
    return judge_set([pair(ours, rival) for rival in theirs], rule, Claim.ANY)


def judge_set(pairings: Sequence[Pairing], rule: Rule, claim: Claim) -> Result:
    """Both of them from pairings, at least one; claim: every or any.

    What is decided is told by the rivals it rests on: one of whom too little is known counts in N and is a line, no more.
    """
    lines = [judge_lead(pairing, rule) for pairing in pairings]
    if claim is Claim.ANY:
        lines = _corrected(pairings, lines, rule)
    higher = pairings[0].higher_is_better
    outcome, reason = _verdict(pairings, lines, rule, claim)
    decided = outcome in (Outcome.MET, Outcome.NOT_MET)
    told = [not (decided and _barred(pairing, rule)) for pairing in pairings]
    seen = [line for line, counts in zip(lines, told, strict=True) if counts]
    ends = [_usable(pairing, 0) if counts else None for pairing, counts in zip(pairings, told, strict=True)]
    shown = _combined(ends, rule, claim, higher)
    result = Result(
        outcome=outcome,
        reason=reason,
        method=f"{claim.value}-rival/1",
        claim=claim,
        point=_extreme([line.point for line in seen], claim, higher),
        interval=None if shown is None else _turned(shown, higher),
        n=min((line.n for line in seen), default=0),
        clusters=min((line.clusters for line in seen), default=0),
        missing=max((line.missing for line in seen), default=0),
        missing_share=max((line.missing_share for line in seen), default=0.0),
        repeats=min((line.repeats for line in seen), default=1),
        target=rule.margin,
        higher_is_better=higher,
        labels=min((line.labels for line in lines if line.labels is not None), default=None),
        lines=tuple(lines),
    )
    return result if outcome is not Outcome.INCONCLUSIVE else _unsettled(result, rule)


def _verdict(
    pairings: Sequence[Pairing], lines: Sequence[Result], rule: Rule, claim: Claim
) -> tuple[Outcome, Reason]:
    if all(line.outcome is Outcome.NO_DATA for line in lines):
        return Outcome.NO_DATA, lines[0].reason if lines else Reason.NONE
    readings = []
    for reading in (*range(3), RARE):
        usable = [None if _barred(pairing, rule) else _usable(pairing, reading) for pairing in pairings]
        combined = _combined(usable, rule, claim, higher=pairings[0].higher_is_better, complete=True)
        readings.append(decide(combined, rule.margin))
    share = max((pairing.share for pairing in pairings if not _barred(pairing, rule)), default=0.0)
    *missing, rare = readings
    outcome, reason = standing(missing, share, rule.max_missing_share)
    if outcome in (Outcome.MET, Outcome.NOT_MET) and rare is not outcome:
        return Outcome.INCONCLUSIVE, Reason.SMALL_N
    if outcome is Outcome.INCONCLUSIVE and reason is Reason.STRADDLES:
        reason = next((_hindrance(line) for line in lines if _hindrance(line)), reason)
    return outcome, reason


def _hindrance(line: Result) -> Reason:
    """What keeps one rival from being judged at all."""
    if line.outcome is Outcome.NO_DATA:
        return Reason.ALL_ERRORED
    return Reason.NONE if line.reason is Reason.STRADDLES else line.reason


def _barred(pairing: Pairing, rule: Rule) -> bool:
    """This rival may be anywhere: nothing about it can be used."""
    errors = pairing.share > rule.max_missing_share + SLACK
    return bool(errors or pairing.n == 0 or pairing.reason or too_little(pairing, rule))


def _usable(pairing: Pairing, reading: int) -> Difference | None:
    if reading == RARE:
        return pairing.rare or pairing.scored
    return pairing.readings[reading if pairing.share > 0 else 0]


def _combined(
    differences: Sequence[Difference | None],
    rule: Rule,
    claim: Claim,
    higher: bool,
    complete: bool = False,
) -> Interval | None:
    """The interval of the smallest (every) or largest (any) lead, positive meaning ours is better.

    complete: a rival without an estimate could be anywhere; otherwise it is left out of what is shown.
    """
    split = 1 - rule.alpha / max(len(differences), 1)
    known = [difference for difference in differences if difference is not None]
    plain = [_turned(difference.interval(rule.confidence), higher) for difference in known]
    strict = [_turned(difference.interval(split), higher) for difference in known]
    if complete and len(known) < len(differences):
        plain, strict = [*plain, OPEN], [*strict, OPEN]
    if not plain:
        return None
    if claim is Claim.EVERY:
        low, high = min(one.low for one in plain), min(one.high for one in strict)
    else:
        low, high = max(one.low for one in strict), max(one.high for one in plain)
    return Interval(low, high, rule.confidence)


def _turned(interval: Interval, higher: bool) -> Interval:
    return interval if higher else Interval(-interval.high, -interval.low, interval.confidence)


def _extreme(points: Sequence[float | None], claim: Claim, higher: bool) -> float | None:
    known = [point for point in points if point is not None]
    if not known:
        return None
    return min(known) if (claim is Claim.EVERY) is higher else max(known)


def _corrected(pairings: Sequence[Pairing], lines: Sequence[Result], rule: Rule) -> list[Result]:
    """Lines whose "met" does not stand after Holm become inconclusive; p is the one of the lead."""
    adjusted = holm([_p_of_lead(pairing, rule) for pairing in pairings])
    corrected = []
    for line, p in zip(lines, adjusted, strict=True):
        falls = line.outcome is Outcome.MET and p > rule.alpha + SLACK
        line = replace(line, outcome=Outcome.INCONCLUSIVE, reason=Reason.STRADDLES) if falls else line
        corrected.append(line)
    return corrected


def _p_of_lead(pairing: Pairing, rule: Rule) -> float:
    if pairing.scored is None or _barred(pairing, rule):
        return 1.0
    if pairing.higher_is_better:
        return p_above(pairing.scored, rule.margin)
    return p_below(pairing.scored, -rule.margin)


def _unsettled(result: Result, rule: Rule) -> Result:
    """Lean, and the items the slowest (every) or quickest (any) open line needs."""
    goal = rule.margin if result.higher_is_better else -rule.margin
    side = lean(result.point, goal, higher_is_better=result.higher_is_better)
    open_lines = [line for line in result.lines if line.outcome is Outcome.INCONCLUSIVE]
    needs = [line.needed_n for line in open_lines if line.needed_n is not None]
    pick = max if result.claim is Claim.EVERY else min
    never = bool(open_lines) and all(line.never_settles for line in open_lines)
    return replace(result, lean=side, needed_n=pick(needs) if needs else None, never_settles=never)
