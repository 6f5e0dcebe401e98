"""One run against a threshold."""

import math
from collections.abc import Callable
from dataclasses import replace

from evaluations.statistics.bounded_means import ENOUGH_CLUSTERS
from evaluations.statistics.decisions import decide, lean
from evaluations.statistics.estimate import Estimate
from evaluations.statistics.estimation import estimate
from evaluations.statistics.missing import filled, missing_share, standing
from evaluations.statistics.perfect import METHOD as PERFECT
from evaluations.statistics.planning import (
    allowed_failures,
    minimum_detectable_effect,
    required_n_mean,
    required_n_rate,
    smallest_deciding_n,
)
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.resampling import enough_for
from evaluations.statistics.results import Claim, Outcome, Reason, Result
from evaluations.statistics.samples import Kind, Reach, Rule, Samples

Estimator = Callable[[Samples], Estimate]


def against_threshold(samples: Samples, rule: Rule) -> Result:
    """The verdict on "the mean (rate, ratio) reaches rule.threshold", in the scorer's unit.

    Raises ValueError when the rule has no threshold.
    """
    return judge(samples, rule, lambda reading: estimate(reading, rule.confidence, rule.reach))


def judge(samples: Samples, rule: Rule, estimator: Estimator) -> Result:
    """The same verdict by any way of estimating; called again for each reading of missing items."""
    if rule.threshold is None:
        raise ValueError("a rule without a threshold cannot be judged against one")
    scored = estimator(samples)
    outcome, reason = _verdict(samples, rule, scored, estimator)
    return _explained(samples, rule, scored, outcome, reason)


def census(samples: Samples, rule: Rule) -> Result:
    """The same claim about exactly these items, whatever the rule says of its reach."""
    return against_threshold(samples, replace(rule, reach=Reach.THESE_ITEMS))


def _verdict(samples: Samples, rule: Rule, scored: Estimate, estimator: Estimator) -> tuple[Outcome, Reason]:
    if scored.n == 0:
        return Outcome.NO_DATA, scored.reason
    barred = scored.reason or _too_little(samples, rule, scored.n)
    share = missing_share(samples)
    if barred and share <= rule.max_missing_share + SLACK:
        return Outcome.INCONCLUSIVE, barred
    estimates = [scored]
    if share > 0:
        estimates += [estimator(filled(samples, passing=passing)) for passing in (False, True)]
    target, higher = rule.threshold or 0.0, samples.higher_is_better
    readings = [decide(one.interval, target, higher_is_better=higher) for one in estimates]
    return standing(readings, share, rule.max_missing_share)


def _too_little(samples: Samples, rule: Rule, n: int) -> Reason:
    if n < rule.min_n:
        return Reason.SMALL_N
    return Reason.ONE_EPOCH if samples.repeats < rule.min_repeats else Reason.NONE


def _explained(samples: Samples, rule: Rule, scored: Estimate, outcome: Outcome, reason: Reason) -> Result:
    threshold = rule.threshold if rule.threshold is not None else 0.0
    higher = samples.higher_is_better
    result = Result(
        outcome=outcome,
        reason=reason,
        method=scored.method,
        claim=Claim.THRESHOLD,
        point=scored.point,
        interval=scored.interval,
        n=scored.n,
        clusters=scored.clusters,
        missing=samples.missing,
        missing_share=missing_share(samples),
        repeats=samples.repeats,
        target=threshold,
        higher_is_better=higher,
        these_items_only=rule.reach == Reach.THESE_ITEMS,
        looks=max(samples.looks, 1),
        mde=minimum_detectable_effect(scored.se, rule.confidence)
        if scored.se and not samples.looks
        else None,
        se=scored.se,
        df=scored.df,
        n_eff=scored.n_eff,
        n_adj=scored.n_adj,
        seed=scored.seed,
        resamples=scored.resamples,
    )
    if scored.method == "clopper-pearson/1":
        result = _with_rate_facts(result, rule.confidence)
    return result if outcome is not Outcome.INCONCLUSIVE else _unsettled(samples, rule, scored, result)


def _with_rate_facts(result: Result, confidence: float) -> Result:
    target = result.target if result.target is not None else 0.0
    rate = target if result.higher_is_better else 1 - target
    return replace(
        result,
        allowed_failures=allowed_failures(result.n, rate, confidence),
        deciding_n=smallest_deciding_n(rate, confidence),
    )


def _unsettled(samples: Samples, rule: Rule, scored: Estimate, result: Result) -> Result:
    """Adds the lean and how many items would settle it if the true value is what was seen."""
    threshold = rule.threshold if rule.threshold is not None else 0.0
    side = lean(scored.point, threshold, higher_is_better=samples.higher_is_better)
    more_items_help = result.reason in (Reason.STRADDLES, Reason.SMALL_N)
    # The numbers below are those of one look.
    if scored.point is None or rule.reach == Reach.THESE_ITEMS or samples.looks or not more_items_help:
        return replace(result, lean=side)
    needed = _needed(samples, rule, scored, threshold)
    if needed is None:
        return replace(result, lean=side, never_settles=True)
    enough = ENOUGH_CLUSTERS if samples.kind is Kind.UNBOUNDED else 0
    enough = enough_for(samples) if samples.kind is Kind.SET else enough
    return replace(result, lean=side, needed_n=max(needed, scored.n + 1, rule.min_n, enough))


def _needed(samples: Samples, rule: Rule, scored: Estimate, threshold: float) -> int | None:
    point = scored.point if scored.point is not None else threshold
    if scored.method == "clopper-pearson/1" and 0 <= threshold <= 1:
        needed = required_n_rate(point, threshold, rule.confidence)
        return _all_alike(needed, point, threshold, rule) if point in (0.0, 1.0) else needed
    if scored.se:
        return required_n_mean(scored.se * scored.n**0.5, point - threshold, rule.confidence)
    if scored.method == PERFECT and scored.interval is not None:
        wide, off = scored.interval.high - scored.interval.low, abs(point - threshold)
        return None if off <= SLACK else math.ceil(scored.n * wide / off)
    width = samples.bounds[1] - samples.bounds[0]
    gap = abs(point - threshold) / width
    per_cluster = scored.n / max(scored.clusters, 1)
    groups = None if gap <= SLACK else smallest_deciding_n(max(1 - gap, 0.0), rule.confidence)
    return None if groups is None else round(groups * per_cluster)


def _all_alike(needed: int | None, point: float, threshold: float, rule: Rule) -> int | None:
    gap = smallest_deciding_n(threshold if point == 1.0 else 1 - threshold, rule.confidence)
    return None if needed is None or gap is None else max(needed, gap)
