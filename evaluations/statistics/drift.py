"""Silent change of a model behind an interface: a chart that prompts, and a test that confirms."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluations.statistics.earlier import against_earlier
from evaluations.statistics.results import Outcome, Reason, Result, Trend
from evaluations.statistics.samples import Rule, Samples

SMOOTHING, WIDTH = 0.2, 2.86
FEWEST_IN_CONTROL = 8
REFERENCE_REPEATS = 3


@dataclass(frozen=True)
class Ewma:
    """values: smoothed run means; limits: distance from the mean allowed at each run.

    first_alarm: number of the first run outside, counted from 1.
    """

    values: tuple[float, ...]
    limits: tuple[float, ...]
    first_alarm: int | None


def in_control(history: Sequence[float]) -> tuple[float, float] | None:
    """Mean and deviation (ddof 1) of runs known to be good; None below 8 runs."""
    if len(history) < FEWEST_IN_CONTROL:
        return None
    return float(np.mean(history)), float(np.std(history, ddof=1))


def ewma(
    series: Sequence[float], mean: float, sigma: float, smoothing: float = SMOOTHING, width: float = WIDTH
) -> Ewma:
    """z_t = λx + (1−λ)z from z_0 = mean, limits Lσ√(λ/(2−λ)·(1−(1−λ)^{2t})) (Roberts 1959).

    An alarm only prompts a confirming run: weekly runs raise about 13 % false ones a year.
    """
    values, limits, level = [], [], mean
    for run, score in enumerate(series, start=1):
        level = smoothing * score + (1 - smoothing) * level
        values.append(level)
        settled = 1 - (1 - smoothing) ** (2 * run)
        limits.append(width * sigma * math.sqrt(smoothing / (2 - smoothing) * settled))
    outside = (
        run
        for run, (value, limit) in enumerate(zip(values, limits, strict=True), start=1)
        if abs(value - mean) > limit + 1e-12
    )
    return Ewma(tuple(values), tuple(limits), next(outside, None))


def spent_at(look: int, alpha: float) -> float:
    """α of the k-th confirming look, α·6/(π²k²): all of them together spend α."""
    if look < 1:
        raise ValueError("looks are counted from 1")
    return alpha * 6 / (math.pi**2 * look**2)


def confirm_drift(later: Samples, reference: Samples, rule: Rule, look: int) -> Result:
    """Per-item later mean − reference mean at the α this look may spend; the trend says which way.

    The reference needs at least 3 repeats (else one_epoch); an unreadable run leaves the trend unknown.
    """
    result = against_earlier(later, reference, replace(rule, confidence=1 - spent_at(look, rule.alpha)))
    result = replace(result, looks=look)
    if reference.repeats >= REFERENCE_REPEATS or result.outcome is Outcome.NO_DATA:
        return result
    return replace(result, outcome=Outcome.INCONCLUSIVE, reason=Reason.ONE_EPOCH, trend=Trend.UNKNOWN)
