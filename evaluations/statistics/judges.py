"""Pairwise judges: both orders always, one score per prompt."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from evaluations.statistics.estimate import Estimate
from evaluations.statistics.estimation import estimate
from evaluations.statistics.multiplicity import benjamini_hochberg
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Result
from evaluations.statistics.samples import Flags, Floats, Kind, Rule, Samples
from evaluations.statistics.slices import FALSE_SHARE, SliceDifference
from evaluations.statistics.thresholds import against_threshold

EVEN = 0.5


@dataclass(frozen=True)
class WinRate:
    """result: our win rate against 0.5 + margin. consistency: share of prompts with the same winner in
    both orders. first_position_rate: share of judgements with a winner won by the answer shown first;
    None when every judgement is a tie.
    """

    result: Result
    consistency: float | None
    first_position_rate: float | None


def win_rate(
    prompts: tuple[str, ...],
    ours_first: Floats,
    ours_second: Floats,
    rule: Rule,
    clusters: tuple[str, ...] | None = None,
) -> WinRate:
    """Our score per judgement, 1 win, 0.5 tie, 0 loss, NaN missing, by which answer was shown first.

    Shapes (prompts,), or (prompts, tries): the tries of a prompt are averaged first. Per try the mean of both orders, an
    inconsistent pair counting 0.5; a try with one order missing is missing. clusters: one name per prompt, None = each is its own.
    """
    first, second = _table(ours_first), _table(ours_second)
    scores = (first + second) / 2
    target = replace(rule, threshold=EVEN + rule.margin)
    judged = ~np.isnan(scores)
    return WinRate(
        result=against_threshold(_samples(prompts, scores, clusters), target),
        consistency=float((first == second)[judged].mean()) if judged.any() else None,
        first_position_rate=_first_position(first[judged], second[judged]),
    )


def win_rates_by_slice(
    prompts: tuple[str, ...],
    scores: Floats,
    slices: Mapping[str, Flags],
    rule: Rule,
    clusters: tuple[str, ...] | None = None,
) -> list[SliceDifference]:
    """Where do we lose? Our share of each try (prompts, tries) by slice, against one half, worst first.

    Corrected by Benjamini and Hochberg over the slices of at least rule.min_n prompts; p: 1 minus the largest confidence at which
    the range still leaves one half out.
    """
    samples = _samples(prompts, _table(scores), clusters)
    target = replace(rule, threshold=EVEN)
    results = {name: against_threshold(samples.select(mask), target) for name, mask in slices.items()}
    tested = [name for name, result in results.items() if result.reason in ("", "straddles") and result.n]
    p = {name: _p_of_even(samples.select(slices[name])) for name in tested}
    adjusted = dict(zip(tested, benjamini_hochberg([p[name] for name in tested]), strict=True))
    lines = [
        SliceDifference(
            name,
            replace(result, p=p.get(name)),
            adjusted.get(name),
            adjusted.get(name, 1.0) <= FALSE_SHARE + SLACK,
        )
        for name, result in results.items()
    ]
    return sorted(lines, key=lambda line: np.inf if line.result.point is None else line.result.point)


def agreement_rate(
    prompts: tuple[str, ...], judge: Floats, people: Floats, clusters: tuple[str, ...] | None = None
) -> Estimate:
    """How often judge and people prefer the same, by prompt: 1 the same, 0 the opposite, one half where one of them prefers neither.

    judge, people: our share, (prompts, tries); above one half is ours, below theirs, NaN missing. Tries are averaged first.
    """
    sides = np.sign(_table(judge) - EVEN), np.sign(_table(people) - EVEN)
    return estimate(_samples(prompts, 1 - np.abs(sides[0] - sides[1]) / 2, clusters))


def _table(scores: Floats) -> Floats:
    values = np.asarray(scores, dtype=np.float64)
    return values[:, None] if values.ndim == 1 else values


def _samples(prompts: tuple[str, ...], scores: Floats, clusters: tuple[str, ...] | None) -> Samples:
    return Samples(prompts, scores, np.ones_like(scores), clusters, Kind.BOUNDED)


def _p_of_even(samples: Samples) -> float:
    """Halved in twenty steps: closer than any page shows."""
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        interval = estimate(samples, 1 - middle).interval if middle > 0 else None
        if interval is None or interval.low <= EVEN <= interval.high:
            low = middle
        else:
            high = middle
    return high


def _first_position(first: Floats, second: Floats) -> float | None:
    won_by_first = int((first > EVEN).sum() + (second < EVEN).sum())
    decided = int((first != EVEN).sum() + (second != EVEN).sum())
    return won_by_first / decided if decided else None
