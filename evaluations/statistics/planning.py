"""How many items: before a run, and after one that did not settle the matter. Unit: items."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from evaluations.statistics.proportions import clopper_pearson
from evaluations.statistics.quantiles import SLACK, normal_quantile, two_sided_normal

POWER = 0.8


def _ceiling(n: float) -> int:
    return math.ceil(n - 1e-9)


def required_n_rate(p: float, threshold: float, confidence: float = 0.95, power: float = POWER) -> int | None:
    """Items to decide a rate against a threshold if the true rate is p; None: no number settles it.

    n = ((z_{1−α/2}·√(T(1−T)) + z_power·√(p(1−p))) / |p−T|)².
    """
    if abs(p - threshold) <= SLACK:
        return None
    spread = two_sided_normal(confidence) * math.sqrt(threshold * (1 - threshold))
    spread += normal_quantile(power) * math.sqrt(p * (1 - p))
    return max(_ceiling((spread / abs(p - threshold)) ** 2), 1)


def required_n_mean(
    deviation: float, difference: float, confidence: float = 0.95, power: float = POWER
) -> int | None:
    """Items to tell a mean from a value this far off; deviation = √(I·SE²). None: no number settles it.

    n = ((z_{1−α/2} + z_power)·s / |difference|)² (Miller 2024).
    """
    if abs(difference) <= SLACK:
        return None
    return max(_ceiling((detection_factor(confidence, power) * deviation / difference) ** 2), 1)


def detection_factor(confidence: float = 0.95, power: float = POWER) -> float:
    return two_sided_normal(confidence) + normal_quantile(power)


def minimum_detectable_effect(se: float, confidence: float = 0.95, power: float = POWER) -> float:
    """Smallest gap noticed with this power: (z_{1−α/2} + z_power)·SE, in the unit of SE."""
    return detection_factor(confidence, power) * se


def smallest_deciding_n(threshold: float, confidence: float = 0.95) -> int | None:
    """Items that must all pass to prove a rate ≥ threshold: ⌈ln(α/2)/ln T⌉; None when nothing proves it."""
    if threshold >= 1 - SLACK:
        return None
    if threshold <= 0:
        return 1
    return max(_ceiling(math.log((1 - confidence) / 2) / math.log(threshold)), 1)


def allowed_failures(n: int, threshold: float, confidence: float = 0.95) -> int | None:
    """Most failures among n items that still prove a rate ≥ threshold; None when even none would do."""
    smallest = smallest_deciding_n(threshold, confidence)
    if smallest is None or n < smallest:
        return None
    if threshold <= 0:
        return n
    tail = (1 - confidence) / 2
    fewest, most = 0, n
    while fewest < most:
        failures = (fewest + most + 1) // 2
        proven = failures < n and special.betainc(n - failures, failures + 1, threshold) <= tail
        fewest, most = (failures, most) if proven else (fewest, failures - 1)
    return fewest


@dataclass(frozen=True)
class DecidableTargets:
    """Rates n items can speak about: provable up to one end, refutable above the other."""

    met_up_to: float
    not_met_above: float


def deciding_thresholds(n: int, confidence: float = 0.95, successes: int | None = None) -> DecidableTargets:
    """Targets these items could decide, n ≥ 1.

    Without successes the best case on each side: all pass, all fail. With successes what they did
    show: targets up to met_up_to are met, targets above not_met_above are not.
    """
    if n < 1:
        raise ValueError("no items decide nothing")
    if successes is None:
        return DecidableTargets(clopper_pearson(n, n, confidence).low, clopper_pearson(0, n, confidence).high)
    interval = clopper_pearson(successes, n, confidence)
    return DecidableTargets(interval.low, interval.high)


def expected_best_of(candidates: int) -> float:
    """Winner's curse: how far above the truth the best of N equal candidates looks, in standard errors.

    E[max of N independent standard normals].
    """
    if candidates < 1:
        raise ValueError("at least one candidate")
    x = np.linspace(-12, 12, 24_001)
    density = x * candidates * special.ndtr(x) ** (candidates - 1) * np.exp(-x * x / 2)
    return float(np.trapezoid(density, x)) / math.sqrt(2 * math.pi)
