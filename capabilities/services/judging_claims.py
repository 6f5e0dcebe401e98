"""A criterion as a statistical claim: what is measured of the samples, by which rule, against whom. No query."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from capabilities.models import Criterion
from evaluations.models import ScorerVersion
from evaluations.queries.vectors import CaseList
from evaluations.statistics import (
    Claim,
    Kind,
    Outcome,
    Pairing,
    Reach,
    Reason,
    Result,
    Rule,
    Samples,
    Trend,
    Unit,
    against_earlier,
    against_threshold,
    judge_earlier,
    judge_pair,
    judge_set,
    on_side,
    pair,
    pass_all,
    share_on_side,
)

Against = Criterion.Against
Statistic = Criterion.Statistic


def rule_of(criterion: Criterion) -> Rule:
    """The rule as the criterion states it."""
    return Rule(
        confidence=criterion.confidence,
        min_n=criterion.min_n,
        min_repeats=criterion.min_repeats,
        margin=criterion.margin,
        tolerance=max(criterion.tolerance, 0.0),
        threshold=criterion.threshold,
        reach=Reach.THESE_ITEMS if criterion.reach == Criterion.Reach.THESE else Reach.IN_GENERAL,
        equivalence=abs(criterion.margin) if criterion.equivalence and criterion.margin else None,
    )


def unit_of(criterion: Criterion, scorer: ScorerVersion, currency: str = "") -> Unit:
    """How its numbers are written: a share is a rate, whatever its limit counts."""
    text = {"rate": "", "number": "", "currency": currency}.get(scorer.unit, scorer.unit)
    if criterion.statistic == Statistic.SHARE:
        return Unit(limit_text=text, widest=1.0)
    return Unit(rate=scorer.unit == "rate", text=text, widest=scorer.widest)


def unit_name(criterion: Criterion, scorer: ScorerVersion) -> str:
    return "rate" if criterion.statistic == Statistic.SHARE else scorer.unit


@dataclass(frozen=True)
class Scope:
    """What of a run a criterion looks at: the cases of its slice or list, and what becomes of their scores."""

    criterion: Criterion
    cases: CaseList
    scorer: ScorerVersion

    def samples(self, run: Samples) -> Samples:
        """A run's samples as the criterion reads them; shares become right or wrong at the limit."""
        return self.measured(self.narrowed(run))

    def narrowed(self, run: Samples) -> Samples:
        criterion = self.criterion
        if criterion.slice_name:
            run = run.select(self.cases.mask((criterion.slice_name, criterion.slice_value)))
        if criterion.statistic == Statistic.PASS_ALL and criterion.case_keys:
            run = _named(run, criterion.case_keys)
        return run

    def measured(self, run: Samples) -> Samples:
        if self.criterion.statistic == Statistic.SHARE and self.criterion.limit is not None:
            return on_side(run, self.criterion.limit)
        if self.criterion.statistic == Statistic.PASS_ALL:
            return _right_or_wrong(run, self.scorer)
        return run


def _named(run: Samples, keys: Sequence[str]) -> Samples:
    """The named cases only; one that the dataset does not have is a case without a score."""
    place = {key: row for row, key in enumerate(run.items)}
    wanted = list(dict.fromkeys(keys))
    known = run.select([place[key] for key in wanted if key in place])
    absent = tuple(key for key in wanted if key not in place)
    if not absent:
        return known
    nothing = np.full((len(absent), run.repeats), np.nan)
    return replace(
        known,
        items=known.items + absent,
        numerators=np.vstack([known.numerators, nothing]),
        denominators=np.vstack([known.denominators, nothing]),
        clusters=None,
        asked=np.append(known.wanted, np.ones(len(absent), dtype=np.bool_)),
    )


def _right_or_wrong(run: Samples, scorer: ScorerVersion) -> Samples:
    """Scores that are not right or wrong by themselves are right when they reach the scorer's pass mark."""
    if run.kind is Kind.BINARY:
        return run
    with np.errstate(divide="ignore", invalid="ignore"):
        values = run.numerators / run.denominators
    passed = (
        values >= scorer.pass_mark - 1e-12 if run.higher_is_better else values <= scorer.pass_mark + 1e-12
    )
    passed |= (run.numerators == 0) & (run.denominators == 0)  # nothing was counted, so nothing is wrong
    right = np.where(run.present, passed.astype(np.float64), np.nan)
    return replace(
        run,
        numerators=right,
        denominators=np.ones_like(right),
        kind=Kind.BINARY,
        bounds=(0.0, 1.0),
        higher_is_better=True,
    )


def claim_alone(scope: Scope, run: Samples) -> Result:
    """The verdict on a target: a mean or ratio, a share within a limit, or every try of every case; open for uncorrected opinions."""
    criterion, rule = scope.criterion, rule_of(scope.criterion)
    if scope.scorer.is_opinion:
        return _uncorrected(scope.narrowed(run), Claim.THRESHOLD)
    if criterion.statistic == Statistic.PASS_ALL:
        return pass_all(scope.samples(run), max(criterion.tries, 1))
    if criterion.statistic == Statistic.SHARE and criterion.limit is not None:
        return share_on_side(scope.narrowed(run), criterion.limit, rule)
    return against_threshold(scope.samples(run), rule)


def _uncorrected(run: Samples, claim: Claim) -> Result:
    """What people's labels do not correct here decides nothing and shows no number."""
    n = int(run.present.any(axis=1).sum())
    outcome = Outcome.INCONCLUSIVE if n else Outcome.NO_DATA
    return Result(
        outcome,
        Reason.UNCORRECTED if n else Reason.ALL_ERRORED,
        "none/1",
        claim,
        n=n,
        missing=run.missing,
    )


def claim_earlier(scope: Scope, run: Samples, earlier: Samples) -> Result:
    """The trend since an earlier version, with the criterion's tolerance; unknown for uncorrected opinions."""
    if scope.scorer.is_opinion:
        return replace(_uncorrected(scope.narrowed(run), Claim.EARLIER), trend=Trend.UNKNOWN)
    return against_earlier(scope.samples(run), scope.samples(earlier), rule_of(scope.criterion))


def pairing_of(scope: Scope, run: Samples, other: Samples | None) -> Pairing:
    """Ours beside another run, as the criterion reads both; None is one without a run, which may be anywhere."""
    ours = scope.samples(run)
    return pair(ours, scope.samples(other) if other is not None else _unknown(ours))


def claim_against(criterion: Criterion, pairings: Sequence[Pairing]) -> Result:
    """The verdict against others. One line each when there are several."""
    rule = rule_of(criterion)
    if criterion.against in (Against.PREVIOUS, Against.RELEASED) and not criterion.margin:
        return judge_earlier(pairings[0], rule)
    if len(pairings) == 1:
        return judge_pair(pairings[0], rule)
    every = criterion.quantifier == Criterion.Quantifier.EVERY
    if rule.equivalence is not None:
        return _equal_to_set(pairings, rule, every=every)
    return judge_set(pairings, rule, Claim.EVERY if every else Claim.ANY)


def _unknown(ours: Samples) -> Samples:
    return replace(ours, numerators=np.full_like(ours.numerators, np.nan))


def _equal_to_set(pairings: Sequence[Pairing], rule: Rule, *, every: bool) -> Result:
    """Practically equal to every rival (or to any): the side that needs only one line is tested at α/N."""
    lines = [judge_pair(pairing, rule) for pairing in pairings]
    strict_rule = replace(rule, confidence=1 - rule.alpha / len(pairings))
    strict = [judge_pair(pairing, strict_rule).outcome for pairing in pairings]
    plain = [line.outcome for line in lines]
    all_of, one_of = (Outcome.MET, Outcome.NOT_MET) if every else (Outcome.NOT_MET, Outcome.MET)
    outcome = Outcome.INCONCLUSIVE
    if all(found is all_of for found in plain):
        outcome = all_of
    elif one_of in strict:
        outcome = one_of
    farthest = sorted(lines, key=lambda line: abs(line.point) if line.point is not None else -1.0)
    shown = (
        farthest[-1] if every else next((line for line in farthest if line.point is not None), farthest[0])
    )
    reason = Reason.NONE if outcome is not Outcome.INCONCLUSIVE else shown.reason or Reason.STRADDLES
    return replace(shown, outcome=outcome, reason=reason, method="equal-to-set/1", lines=tuple(lines))
