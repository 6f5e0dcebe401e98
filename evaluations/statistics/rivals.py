"""Against a rival, paired on the same items: ahead by a margin, or no more than a margin behind."""

import math
from collections.abc import Callable
from dataclasses import replace

from evaluations.statistics.decisions import decide, lean
from evaluations.statistics.differences import Difference
from evaluations.statistics.missing import standing
from evaluations.statistics.pairs import Pairing, pair
from evaluations.statistics.planning import minimum_detectable_effect, required_n_mean, smallest_deciding_n
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Claim, Outcome, Reason, Result
from evaluations.statistics.samples import Rule, Samples

Verdict = Callable[[Difference | None], Outcome]


def against_rival(ours: Samples, theirs: Samples, rule: Rule) -> Result:
    """The verdict on "ours is better by at least rule.margin" over the items both scored.

    A margin below 0 asks that ours be no more than that much worse. With rule.equivalence the claim
    is that both are equal within plus or minus that much. Point and interval are ours minus theirs in
    the scorer's unit, whichever direction is better.
    """
    return judge_pair(pair(ours, theirs), rule)


def judge_pair(pairing: Pairing, rule: Rule) -> Result:
    """The same from a pairing."""
    if rule.equivalence is not None:
        return judge_equality(pairing, rule, rule.equivalence)
    return judge_lead(pairing, rule)


def judge_lead(pairing: Pairing, rule: Rule) -> Result:
    goal = rule.margin if pairing.higher_is_better else -rule.margin

    def verdict(difference: Difference | None) -> Outcome:
        interval = None if difference is None else difference.interval(rule.confidence)
        return decide(interval, goal, higher_is_better=pairing.higher_is_better)

    outcome, reason = read(pairing, rule, verdict)
    result = replace(described(pairing, rule), outcome=outcome, reason=reason, target=rule.margin)
    return result if outcome is not Outcome.INCONCLUSIVE else unsettled(pairing, rule, result, goal)


def judge_equality(pairing: Pairing, rule: Rule, limit: float) -> Result:
    """Two one-sided tests at α/2 each: the interval shown lies inside ± limit, or wholly outside."""

    def verdict(difference: Difference | None) -> Outcome:
        if difference is None:
            return Outcome.INCONCLUSIVE
        shown = difference.interval(rule.confidence)
        if shown.low >= -limit - SLACK and shown.high <= limit + SLACK:
            return Outcome.MET
        outside = shown.low > limit + SLACK or shown.high < -limit - SLACK
        return Outcome.NOT_MET if outside else Outcome.INCONCLUSIVE

    outcome, reason = read(pairing, rule, verdict)
    result = described(pairing, rule)
    result = replace(result, outcome=outcome, reason=reason, target=limit, claim=Claim.EQUIVALENCE)
    if outcome is not Outcome.INCONCLUSIVE or result.point is None:
        return result
    nearer = limit if result.point > 0 else -limit
    inside = lean(abs(result.point), limit, higher_is_better=False)
    return replace(unsettled(pairing, rule, result, nearer), lean=inside)


def read(pairing: Pairing, rule: Rule, verdict: Verdict) -> tuple[Outcome, Reason]:
    """The verdict over all readings of what is missing, and of what differs on few items only."""
    barred = pairing.reason or too_little(pairing, rule)
    if pairing.n == 0 and barred is not Reason.NOT_COMPARABLE:
        return Outcome.NO_DATA, pairing.reason
    if barred and (barred is Reason.NOT_COMPARABLE or pairing.share <= rule.max_missing_share + SLACK):
        return Outcome.INCONCLUSIVE, barred
    readings = [verdict(difference) for difference in pairing.readings]
    outcome, reason = standing(readings, pairing.share, rule.max_missing_share)
    decided = outcome in (Outcome.MET, Outcome.NOT_MET)
    if decided and pairing.rare is not None and verdict(pairing.rare) is not outcome:
        return Outcome.INCONCLUSIVE, Reason.SMALL_N
    return outcome, reason


def too_little(pairing: Pairing, rule: Rule) -> Reason:
    if pairing.n < rule.min_n:
        return Reason.SMALL_N
    return Reason.ONE_EPOCH if pairing.repeats < rule.min_repeats else Reason.NONE


def described(pairing: Pairing, rule: Rule) -> Result:
    """Everything about a pairing but its verdict."""
    difference = pairing.scored
    result = Result(
        outcome=Outcome.NO_DATA,
        reason=pairing.reason,
        method="none/1" if difference is None else difference.method,
        claim=Claim.RIVAL,
        n=pairing.n,
        clusters=pairing.clusters,
        missing=pairing.total - pairing.n,
        missing_share=pairing.share,
        repeats=pairing.repeats,
        higher_is_better=pairing.higher_is_better,
        counts=pairing.counts,
        point_a=pairing.points[0],
        point_b=pairing.points[1],
        p=pairing.p,
        labels=pairing.labels,
    )
    if difference is None:
        return replace(result, point=_bare_gap(pairing))
    return replace(
        result,
        point=difference.point,
        interval=difference.interval(rule.confidence),
        se=difference.se,
        df=difference.df,
        mde=None if pairing.watched else _smallest_gap(difference, rule),
        seed=getattr(difference, "seed", None),
        resamples=getattr(difference, "resamples", None),
    )


def _bare_gap(pairing: Pairing) -> float | None:
    """The difference seen where nothing can be said of its range, as of cases from one source."""
    ours, theirs = pairing.points
    if ours is None or theirs is None or pairing.reason not in (Reason.ONE_CLUSTER, Reason.ZERO_VARIANCE):
        return None
    return ours - theirs if math.isfinite(ours) and math.isfinite(theirs) else None


def _smallest_gap(difference: Difference, rule: Rule) -> float | None:
    return minimum_detectable_effect(difference.se, rule.confidence) if difference.se else None


def unsettled(pairing: Pairing, rule: Rule, result: Result, goal: float) -> Result:
    """Adds the lean and the items that would settle it; goal in the scorer's unit."""
    side = lean(result.point, goal, higher_is_better=result.higher_is_better)
    result = replace(result, lean=side)
    more_items_help = result.reason in (Reason.STRADDLES, Reason.SMALL_N) and pairing.labels is None
    if result.point is None or pairing.watched or not more_items_help:
        return result
    needed = _needed(pairing, rule, result, result.point - goal)
    if needed is None:
        return replace(result, never_settles=True)
    few = pairing.reason is Reason.SMALL_N
    floor = max(result.n + 1, rule.min_n, pairing.enough if few else 0)
    return replace(result, needed_n=max(needed, floor))


def _needed(pairing: Pairing, rule: Rule, result: Result, gap: float) -> int | None:
    if pairing.rare is not None and result.reason is Reason.SMALL_N:
        clusters = pairing.rare.needed(gap, rule.confidence)
        return None if clusters is None else round(clusters * result.n / max(result.clusters, 1))
    if result.se:
        return required_n_mean(result.se * result.n**0.5, gap, rule.confidence)
    groups = smallest_deciding_n(max(1 - abs(gap) / pairing.width, 0.0), rule.confidence)
    return None if groups is None else round(groups * result.n / max(result.clusters, 1))
