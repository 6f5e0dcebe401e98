"""What a number of cases can decide about a criterion, in sentences, before anything is run."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q

from capabilities.models import Criterion
from capabilities.queries.criterion_words import amount, distance, unit_of_criterion
from capabilities.queries.shown_so_far import NOTHING, Shown, SoFar
from config.words import FRACTIONS, number
from evaluations.models import EvaluationVersion, ScorerVersion
from evaluations.statistics import (
    allowed_failures,
    deciding_thresholds,
    minimum_detectable_effect,
    required_n_mean,
    required_n_rate,
    smallest_deciding_n,
    smallest_deciding_pairs,
)

# How often two models disagree on a case, while nobody knows: one case in five (sets the spread of a paired difference).
DISAGREE = 0.2
WORTH_NOTICING = 0.05


@dataclass(frozen=True)
class Decides:
    """sentences: what the cases can and cannot show."""

    cases: int | None
    sentences: list[str]


def is_share_of_cases(criterion: Criterion, scorer: ScorerVersion | None) -> bool:
    """Whether it is judged as the share of cases that are right, so that counting cases says what can be decided."""
    if criterion.statistic in {Criterion.Statistic.SHARE, Criterion.Statistic.PASS_ALL}:
        return True
    if criterion.statistic != Criterion.Statistic.MEAN:
        return False
    kinds = {ScorerVersion.ValueKind.BINARY, ScorerVersion.ValueKind.BOUNDED}
    return scorer is None or (scorer.unit in FRACTIONS and scorer.value_kind in kinds)


def lower_is_better(criterion: Criterion, scorer: ScorerVersion | None) -> bool:
    if criterion.statistic in {Criterion.Statistic.SHARE, Criterion.Statistic.PASS_ALL}:
        return False
    return scorer is not None and scorer.direction == ScorerVersion.Direction.LOWER


def cases_in(version: EvaluationVersion | None, slice_name: str = "", slice_value: str = "") -> int | None:
    """How many cases an evaluation has, in a slice when one is named. One query."""
    if version is None:
        return None
    if not (slice_name and slice_value):
        return version.dataset_version.case_count
    return version.dataset_version.entries.filter(case__slices__contains={slice_name: slice_value}).count()


def groups_in(version: EvaluationVersion, slice_name: str = "", slice_value: str = "") -> int:
    """How many of its cases, or of a slice of them, count on their own: those of one source count once. One query."""
    rows = version.dataset_version.entries.order_by()
    if slice_name and slice_value:
        rows = rows.filter(case__slices__contains={slice_name: slice_value})
    grouped = ~Q(case__cluster="")
    found = rows.aggregate(
        sources=Count("case__cluster", distinct=True, filter=grouped), alone=Count("pk", filter=~grouped)
    )
    return int(found["sources"] + found["alone"])


def decides(
    criterion: Criterion,
    scorer: ScorerVersion | None,
    cases: int | None,
    expected: float | None = None,
    so_far: SoFar = NOTHING,
) -> Decides:
    """The criterion need not be saved. expected: the value one believes in, a rate as a fraction. No query."""
    if criterion.statistic == Criterion.Statistic.PASS_ALL:
        return Decides(cases, list(_every_try(criterion, cases)))
    if criterion.against != Criterion.Against.THRESHOLD:
        if is_share_of_cases(criterion, scorer):
            return Decides(cases, list(_comparison(criterion, cases)))
        return Decides(cases, list(_other_units(cases)))
    if criterion.threshold is None:
        return Decides(cases, ["Give the target, and this says what cases can decide it."])
    if not is_share_of_cases(criterion, scorer):
        return Decides(cases, list(_by_spread(criterion, scorer, cases, expected, so_far)))
    lower = lower_is_better(criterion, scorer)
    return _target(criterion.threshold, criterion.confidence, cases, expected, lower=lower)


def _target(
    threshold: float, confidence: float, cases: int | None, expected: float | None, *, lower: bool
) -> Decides:
    """Where lower is better everything is said of the share that is right, mirrored."""
    rate = 1 - threshold if lower else threshold
    if rate >= 1:
        return Decides(
            cases, [f"{'No failure at all' if lower else '100 %'} is more than any number of cases can show."]
        )
    if rate <= 0:
        return Decides(cases, ["Any result passes this target. Ask for more."])
    sentences = [_smallest(rate, threshold, confidence)]
    if cases:
        sentences += _with_cases(rate, confidence, cases, lower=lower)
    believed = expected if expected is not None else None
    if believed is not None and lower:
        believed = 1 - believed
    sentences.append(_enough(rate, confidence, believed, lower=lower))
    return Decides(cases, sentences)


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
    fewest = _fewest_pairs(criterion)
    if fewest is None:
        yield "No number of cases can ever show a lead this large. Ask for less."
        return
    yield f"At least {number(fewest)} cases are needed before it can be proven, {_kindest(criterion)}."
    if cases and cases < fewest:
        yield f"With your {number(cases)} cases it can never be proven, however good the model is."
    elif cases:
        gap = minimum_detectable_effect(deviation / math.sqrt(cases), criterion.confidence)
        yield (
            f"With your {number(cases)} cases the smallest difference they can show is about "
            f"{distance(round(gap, 3), 'rate')}, if the two disagree on one case in five."
        )
    wanted = abs(criterion.margin) or WORTH_NOTICING
    needed = required_n_mean(deviation, wanted, criterion.confidence)
    if needed:
        yield f"For an 80 % chance to show a difference of {distance(wanted, 'rate')} from what is asked: about {number(needed)} cases."


def _fewest_pairs(criterion: Criterion) -> int | None:
    equivalence = abs(criterion.margin) or None if criterion.equivalence else None
    margin = 0.0 if criterion.equivalence else criterion.margin
    return smallest_deciding_pairs(margin, equivalence, criterion.confidence)


def _kindest(criterion: Criterion) -> str:
    return (
        "even if both are right everywhere"
        if criterion.equivalence
        else "even if ours is right everywhere and theirs nowhere"
    )


def _by_spread(
    criterion: Criterion,
    scorer: ScorerVersion | None,
    cases: int | None,
    expected: float | None,
    so_far: SoFar,
) -> Iterator[str]:
    """Values that vary in their own way: how much they did in the best run so far says how many cases it takes."""
    known = next((shown for shown in so_far.best if shown.spread), None)
    if known is None or known.spread is None or criterion.threshold is None:
        yield from _other_units(cases)
        return
    unit = unit_of_criterion(criterion, scorer)
    yield f"Going by how much the values of {known.version} vary from case to case:"
    if cases:
        gap = minimum_detectable_effect(known.spread / math.sqrt(cases), criterion.confidence)
        yield f"With your {number(cases)} cases the smallest gap to the target they can show is about {distance(_rough(gap), unit)}."
    yield _enough_by_spread(criterion, known, unit, expected)


def _enough_by_spread(criterion: Criterion, known: Shown, unit: str, expected: float | None) -> str:
    believed = known.point if expected is None else expected
    target = criterion.threshold or 0.0
    needed = required_n_mean(known.spread or 0.0, believed - target, criterion.confidence)
    source = f"as {known.version} did" if expected is None else "as you expect"
    shown = amount(_rough(believed), unit)
    if needed is None:
        return f"A model that truly stands at {shown} lies on the target: no number of cases settles that."
    return f"For an 80 % chance to decide it when the model truly stands at {shown}, {source}: about {number(needed)} cases."


def _rough(value: float) -> float:
    """Three digits are all that an estimate of a spread is worth."""
    return float(f"{value:.3g}")


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
