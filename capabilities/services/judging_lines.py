"""The lines of a verdict: each rival and earlier version with its own score, and the slices that matter. No query."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from capabilities.models import Criterion, VerdictLine
from capabilities.services.judging_claims import Scope, rule_of
from capabilities.services.judging_results import finite, shown
from capabilities.services.judging_rivals import Opponent
from evaluations.statistics import (
    Estimate,
    Interval,
    Outcome,
    Pairing,
    Result,
    Rule,
    Samples,
    Unit,
    against_threshold,
    estimate,
    judge_earlier,
    judge_pair,
    sentence,
)

Kind = VerdictLine.Kind
SLICES_READ = 40
SLICES_SHOWN = 12
SLICE_N = 10


@dataclass(frozen=True)
class Compared:
    """Ours beside another run; their_point, their_range: what they reach themselves."""

    pairing: Pairing
    their_point: float | None
    their_range: Interval | None = None


def opponent_line(
    scope: Scope, opponent: Opponent, compared: Compared | None, decided: Result | None, unit: Unit
) -> VerdictLine:
    """One comparison. compared: None where there is nothing to compare with; decided: its part of the verdict it is a part of."""
    line = VerdictLine(
        kind=opponent.kind,
        label=opponent.label[:200],
        model_version=opponent.version,
        run=opponent.run,
        outcome=Outcome.NO_DATA,
        sentence=opponent.note or f"{opponent.label} has no scores to compare with.",
        detail={"note": opponent.note} if opponent.note else {},
    )
    if compared is None:
        return line
    result = _result(scope, opponent, compared.pairing, decided)
    line.their_point, line.their_low, line.their_high = shown(compared.their_point, compared.their_range)
    line.point, line.low, line.high = shown(result.point, result.interval)
    line.n = result.n
    line.outcome = str(result.trend or result.outcome) if _is_trend(opponent) else str(result.outcome)
    line.sentence = " ".join(filter(None, [sentence(result, unit, opponent.label), opponent.note]))
    line.detail |= _line_detail(result)
    if result.counts:
        line.both, line.neither = result.counts.both, result.counts.neither
        line.only_ours, line.only_theirs = result.counts.only_a, result.counts.only_b
    return line


def _is_trend(opponent: Opponent) -> bool:
    return opponent.kind in (Kind.PREVIOUS, Kind.RELEASED)


def _result(scope: Scope, opponent: Opponent, pairing: Pairing, decided: Result | None) -> Result:
    if _is_trend(opponent):
        return judge_earlier(pairing, rule_of(scope.criterion))
    if decided is not None:
        return decided
    rule = rule_of(scope.criterion) if scope.criterion.against == "competitors" else _plain_rule(scope)
    return judge_pair(pairing, rule)


def compared(scope: Scope, pairing: Pairing, theirs: Samples) -> Compared:
    """A comparison of computed scores, which count as they are."""
    own = _estimated(scope, scope.samples(theirs))
    return Compared(pairing, own.point, own.interval)


def _estimated(scope: Scope, samples: Samples) -> Estimate:
    rule = rule_of(scope.criterion)
    return estimate(samples, rule.confidence, rule.reach)


def _plain_rule(scope: Scope) -> Rule:
    """Beside a target a rival is compared without a margin: who is ahead?"""
    return Rule(confidence=scope.criterion.confidence, min_n=scope.criterion.min_n)


def _line_detail(result: Result) -> dict[str, Any]:
    confidence = result.interval.confidence if result.interval else None
    return {
        "method": result.method,
        "reason": str(result.reason),
        "confidence": confidence,
        "p": finite(result.p),
        "seed": result.seed,
        "resamples": result.resamples,
        "missing": result.missing,
        "target": finite(result.target),
        "lean": result.lean,
        "trend": str(result.trend) if result.trend else "",
        "labels": result.labels,
    }


def slice_lines(scope: Scope, run: Samples) -> list[VerdictLine]:
    """The slices with the worst scores, each with its plausible range; none for a criterion about one slice or listed cases.

    Beside a target a slice is met or not met only where that stands after correction for the number of slices looked at.
    """
    criterion = scope.criterion
    whole = not criterion.slice_name and criterion.statistic != Criterion.Statistic.PASS_ALL
    if not whole or scope.scorer.is_opinion:
        return []
    masks = {part: mask for part, mask in scope.cases.slices.items() if SLICE_N <= mask.sum() < len(mask)}
    largest = sorted(masks, key=lambda part: -int(masks[part].sum()))[:SLICES_READ]
    measured = scope.samples(run)
    parts = [(f"{name}={value}", measured.select(masks[name, value])) for name, value in largest]
    lines = [_slice_line(scope, label, samples, len(parts)) for label, samples in parts]
    return _worst_first([line for line in lines if line.point is not None], measured)[:SLICES_SHOWN]


def _slice_line(scope: Scope, label: str, samples: Samples, slices: int) -> VerdictLine:
    seen = _estimated(scope, samples)
    point, low, high = shown(seen.point, seen.interval)
    return VerdictLine(
        kind=Kind.SLICE,
        label=label[:200],
        outcome=str(_slice_outcome(scope, samples, slices)),
        point=point,
        low=low,
        high=high,
        n=seen.n,
        detail={
            "method": seen.method,
            "corrected_for": slices,
            "seed": seen.seed,
            "resamples": seen.resamples,
        },
    )


def _slice_outcome(scope: Scope, samples: Samples, slices: int) -> Outcome:
    """Bonferroni: each slice at its share of what the criterion may err."""
    criterion, rule = scope.criterion, rule_of(scope.criterion)
    if criterion.against != Criterion.Against.THRESHOLD or criterion.threshold is None:
        return Outcome.INCONCLUSIVE
    strict = replace(rule, confidence=1 - rule.alpha / slices, min_n=0)
    return against_threshold(samples, strict).outcome


def _worst_first(lines: Sequence[VerdictLine], samples: Samples) -> list[VerdictLine]:
    sign = 1 if samples.higher_is_better else -1
    return sorted(lines, key=lambda line: (sign * (line.point or 0.0), line.label))
