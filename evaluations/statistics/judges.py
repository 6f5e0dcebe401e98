"""Pairwise judges: both orders always, one score per prompt."""

from dataclasses import dataclass

import numpy as np

from evaluations.statistics.results import Result
from evaluations.statistics.samples import Floats, Kind, Rule, Samples
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

    Shapes (prompts,). Per prompt the mean of both orders, an inconsistent pair counting 0.5; a prompt
    with one order missing is missing. clusters: one name per prompt, None = each is its own.
    """
    first, second = np.asarray(ours_first, dtype=np.float64), np.asarray(ours_second, dtype=np.float64)
    scores = (first + second)[:, None] / 2
    samples = Samples(prompts, scores, np.ones_like(scores), clusters, Kind.BOUNDED)
    target = Rule(
        confidence=rule.confidence,
        min_n=rule.min_n,
        max_missing_share=rule.max_missing_share,
        threshold=EVEN + rule.margin,
    )
    judged = ~np.isnan(scores[:, 0])
    return WinRate(
        result=against_threshold(samples, target),
        consistency=float((first == second)[judged].mean()) if judged.any() else None,
        first_position_rate=_first_position(first[judged], second[judged]),
    )


def _first_position(first: Floats, second: Floats) -> float | None:
    won_by_first = int((first > EVEN).sum() + (second < EVEN).sum())
    decided = int((first != EVEN).sum() + (second != EVEN).sum())
    return won_by_first / decided if decided else None
