"""What a number of cases can decide about a criterion, in sentences, before anything is run."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from capabilities.models import Criterion
from capabilities.queries.criterion_words import amount, distance, unit_of_criterion
from config.words import FRACTIONS, number
from evaluations.models import EvaluationVersion, ScorerVersion
from evaluations.statistics import (
    allowed_failures,
    deciding_thresholds,
    minimum_detectable_effect,
    required_n_mean,
    required_n_rate,
    smallest_deciding_n,
)

INSTEAD_OF_PERFECT = (0.9, 0.95, 0.99)
# How often two models disagree on a case, while nobody knows: one case in five (sets the spread of a paired difference).
DISAGREE = 0.2
WORTH_NOTICING = 0.05


@dataclass(frozen=True)
class Alternative:
    """What can be asked instead of perfection; value: of the button, label: its words."""

    value: str
    label: str


@dataclass(frozen=True)
class Decides:
    """sentences: what the cases can and cannot show; alternatives: only where the target asks for perfection."""

    cases: int | None
    sentences: list[str]
    alternatives: list[Alternative]


def cases_in(version: EvaluationVersion | None, slice_name: str = "", slice_value: str = "") -> int | None:
    """How many cases an evaluation has, in a slice when one is named. One query."""
    if version is None:
        return None
    if not (slice_name and slice_value):
        return version.dataset_version.case_count
    return version.dataset_version.entries.filter(case__slices__contains={slice_name: slice_value}).count()


def decides(
    criterion: Criterion, scorer: ScorerVersion | None, cases: int | None, expected: float | None = None
) -> Decides:
    """The criterion need not be saved. expected: the rate one believes in, as a fraction. No query."""
    if criterion.statistic == Criterion.Statistic.PASS_ALL:
        return Decides(cases, list(_every_try(criterion, cases)), [])
    rate = unit_of_criterion(criterion, scorer) in FRACTIONS
    if not rate:
        return Decides(cases, list(_other_units(cases)), [])
    if criterion.against != Criterion.Against.THRESHOLD:
        return Decides(cases, list(_comparison(criterion, cases)), [])
    if criterion.threshold is None:
        return Decides(cases, ["Give the target, and this says what cases can decide it."], [])
    lower = (
        criterion.statistic != Criterion.Statistic.SHARE
        and scorer is not None
        and scorer.direction == "lower"
    )
    return _target(criterion.threshold, criterion.confidence, cases, expected, lower=lower)


def _target(
    threshold: float, confidence: float, cases: int | None, expected: float | None, *, lower: bool
) -> Decides:
    """Where lower is better everything is said of the share that is right, mirrored."""
    rate = 1 - threshold if lower else threshold
    if rate >= 1:
        return Decides(cases, [_perfect(lower=lower)], _instead(confidence, lower=lower))
    if rate <= 0:
        return Decides(cases, ["Any result passes this target. Ask for more."], [])
    sentences = [_smallest(rate, threshold, confidence)]
    if cases:
        sentences += _with_cases(rate, confidence, cases, lower=lower)
    believed = expected if expected is not None else None
    if believed is not None and lower:
        believed = 1 - believed
    sentences.append(_enough(rate, confidence, believed, lower=lower))
    return Decides(cases, sentences, [])


def _perfect(*, lower: bool) -> str:
    asked = "No failure at all" if lower else "100 %"
    return f"{asked} can never be shown: 0 failures in 300 cases still allow about 1 %. Ask for one of these instead."


def _instead(confidence: float, *, lower: bool) -> list[Alternative]:
    rates = [
        Alternative(
            f"{(1 - rate if lower else rate) * 100:g}",
            f"{'At most' if lower else 'At least'} {(1 - rate if lower else rate) * 100:.4g} %: "
            f"{smallest_deciding_n(rate, confidence)} cases, all right, prove it",
        )
        for rate in INSTEAD_OF_PERFECT
    ]
    return [*rates, Alternative("pass_all", "Every try must pass, on a list of named cases")]


def _smallest(rate: float, threshold: float, confidence: float) -> str:
    needed = smallest_deciding_n(rate, confidence) or 1
    return f"At least {number(needed)} cases, all of them right, are needed before {amount(threshold, 'rate')} can be proven."


def _with_cases(rate: float, confidence: float, cases: int, *, lower: bool) -> Iterator[str]:
    allowed = allowed_failures(cases, rate, confidence)
    if allowed is None:
        yield f"With your {number(cases)} cases it can never be proven, however good the model is."
    else:
        failures = "1 failure" if allowed == 1 else f"{number(allowed)} failures" if allowed else "no failure"
        yield (
            f"With your {number(cases)} cases at most {failures} still prove it."
            if allowed
            else (f"With your {number(cases)} cases no failure is allowed.")
        )
    best = deciding_thresholds(cases, confidence).met_up_to
    shown = (
        f"as low as {amount(_down(1 - best, up=True), 'rate')}"
        if lower
        else f"up to {amount(_down(best), 'rate')}"
    )
    yield f"Targets these cases could prove: {shown}, if all of them are right."
    gap = minimum_detectable_effect(math.sqrt(rate * (1 - rate) / cases), confidence)
    yield f"The smallest gap to the target they can show: about {distance(round(gap, 3), 'rate')}."


def _down(value: float, *, up: bool = False) -> float:
    """To a tenth of a percent on the safe side."""
    return (math.ceil if up else math.floor)(value * 1000) / 1000


def _enough(rate: float, confidence: float, believed: float | None, *, lower: bool) -> str:
    guess = believed if believed is not None else (1 + rate) / 2
    shown = amount(round(1 - guess if lower else guess, 4), "rate")
    needed = required_n_rate(guess, rate, confidence) if 0 <= guess <= 1 else None
    source = "as you expect" if believed is not None else "for example"
    if needed is None:
        return f"A model that truly stands at {shown} lies on the target: no number of cases settles that."
    verb = "prove" if guess > rate else "refute"
    return f"For an 80 % chance to {verb} it when the model truly stands at {shown}, {source}: about {number(needed)} cases."


def _comparison(criterion: Criterion, cases: int | None) -> Iterator[str]:
    deviation = math.sqrt(DISAGREE)
    yield "Both answer the same cases, so only the cases where one is right and the other wrong decide."
    if cases:
        gap = minimum_detectable_effect(deviation / math.sqrt(cases), criterion.confidence)
        yield (
            f"With your {number(cases)} cases the smallest difference they can show is about "
            f"{distance(round(gap, 3), 'rate')}, if the two disagree on one case in five."
        )
    wanted = abs(criterion.margin) or WORTH_NOTICING
    needed = required_n_mean(deviation, wanted, criterion.confidence)
    if needed:
        yield f"For an 80 % chance to show a difference of {distance(wanted, 'rate')} from what is asked: about {number(needed)} cases."


def _every_try(criterion: Criterion, cases: int | None) -> Iterator[str]:
    named = len(criterion.case_keys) or cases
    tries = criterion.tries
    if named:
        yield f"{number(named)} cases × {tries} {'try' if tries == 1 else 'tries'}: one wrong answer and it is not met."
    yield "It speaks of these cases only, and says nothing of others like them."


def _other_units(cases: int | None) -> Iterator[str]:
    if cases:
        yield f"Your {number(cases)} cases: how narrow the range gets depends on how much the values vary."
    yield "The first run shows how much they vary, and then how many cases would settle it."
