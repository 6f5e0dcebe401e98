"""Confidence sequences: intervals that stay valid however often one looks, so one may stop when they decide."""

import math
from collections.abc import Callable

from scipy import special

from evaluations.statistics.results import Interval

HALVINGS = 80


def log_evidence(successes: int, n: int, p: float) -> float:
    """ln of the mixture martingale against a true rate p: above ln(1/α), p is refused.

    ln B(1+k, 1+n−k) − ln B(1, 1) − k·ln p − (n−k)·ln(1−p), uniform prior (Robbins 1970).
    """
    failures = n - successes
    mixture = float(special.betaln(1 + successes, 1 + failures))
    return mixture - float(special.xlogy(successes, p) + special.xlog1py(failures, -p))


def sequence_rate(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """All rates not refused at this look, n ≥ 1; no running intersection over looks."""
    if not (n >= 1 and 0 <= successes <= n):
        raise ValueError("n is at least 1 and successes lie between 0 and n")
    limit = -math.log(1 - confidence)

    def refused(p: float) -> bool:
        return log_evidence(successes, n, p) > limit

    seen = successes / n
    low = 0.0 if successes == 0 else _border(refused, 0.0, seen)
    high = 1.0 if successes == n else _border(refused, 1.0, seen)
    return Interval(low, high, confidence)


def _border(refused: Callable[[float], bool], out: float, kept: float) -> float:
    for _ in range(HALVINGS):
        middle = (out + kept) / 2
        out, kept = (middle, kept) if refused(middle) else (out, middle)
    return kept


def mixture_scale(planned_n: int, confidence: float = 0.95) -> float:
    """ρ that makes the sequence tightest at planned_n: √((−2 ln α + ln(−2 ln α) + 1) / n)."""
    evidence = -2 * math.log(1 - confidence)
    return math.sqrt((evidence + math.log(evidence) + 1) / planned_n)


def sequence_mean(
    mean: float, deviation: float, n: int, planned_n: int, confidence: float = 0.95
) -> Interval:
    """Asymptotic normal-mixture sequence of a mean or mean difference, n ≥ 1.

    m ± s·√(2(nρ²+1)/(n²ρ²) · ln(√(nρ²+1)/α)) (Waudby-Smith et al. 2021).
    """
    if n < 1 or planned_n < 1:
        raise ValueError("n and planned_n are at least 1")
    information = n * mixture_scale(planned_n, confidence) ** 2
    growth = math.log(math.sqrt(information + 1) / (1 - confidence))
    half = deviation * math.sqrt(2 * (information + 1) / (n * information) * growth)
    return Interval(mean - half, mean + half, confidence)
