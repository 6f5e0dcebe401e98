"""A judge's opinions against a threshold, corrected by what people said of some of them."""

from dataclasses import dataclass, replace

import numpy as np

from evaluations.statistics.estimate import Estimate
from evaluations.statistics.predictions import prediction_powered_mean
from evaluations.statistics.results import Interval, Reason, Result
from evaluations.statistics.samples import Floats, Rule, Samples
from evaluations.statistics.thresholds import judge
from evaluations.statistics.units import collapse

METHOD = "prediction-powered/1"


@dataclass(frozen=True, eq=False)
class Corrections:
    """What people and judge said of the same items, shape (items,) each, in the scorer's unit."""

    people: Floats
    judge: Floats


def opinions_against_threshold(samples: Samples, corrections: Corrections, rule: Rule) -> Result:
    """The verdict on people's mean, from a judge's opinions on items nobody labelled and the corrections of those that were.

    Angelopoulos et al. 2023, λ = 1. Where people and judge differ by the same amount everywhere, the spread that was not seen is bounded
    by u = 1 − (α/4)^(1/n) and both parts get half of the error. Groups of items count once each, by their mean.
    """
    return judge(samples, rule, lambda reading: _estimate(reading, corrections, rule.confidence))


def _estimate(samples: Samples, corrections: Corrections, confidence: float) -> Estimate:
    units = collapse(samples)
    opinions = units.values
    if units.declared:
        sums = np.bincount(units.codes, weights=units.values, minlength=units.clusters)
        opinions = sums / np.bincount(units.codes, minlength=units.clusters)
    if not len(opinions):
        return Estimate(METHOD, 0, 0, reason=Reason.ALL_ERRORED)
    differences = corrections.people - corrections.judge
    alike = bool(np.ptp(differences) <= 1e-12)
    level = confidence if not alike else (1 + confidence) / 2
    found = prediction_powered_mean(corrections.people, corrections.judge, opinions, level)
    point = float(opinions.mean() + differences.mean())
    low, high = (found.interval.low, found.interval.high) if found else (point, point)
    if alike:
        low, high = _widened(low, high, float(differences.mean()), len(differences), confidence, samples)
    bottom, top = samples.bounds
    interval = Interval(min(max(low, bottom), top), max(min(high, top), bottom), confidence)
    return Estimate(METHOD, units.n, units.clusters, point, interval, se=found.se if found else None)


def _widened(  # noqa: PLR0913 - two ends, what they rest on, and how sure
    low: float, high: float, difference: float, n: int, confidence: float, samples: Samples
) -> tuple[float, float]:
    width = samples.bounds[1] - samples.bounds[0]
    unseen = 1 - ((1 - confidence) / 4) ** (1 / n)
    return low - unseen * (width + difference), high + unseen * (width - difference)


def without(samples: Samples, keys: set[str]) -> Samples:
    """The items that are not among these."""
    return samples.select(np.array([item not in keys for item in samples.items], dtype=np.bool_))


def people_alone(samples: Samples, truths: dict[str, float]) -> Samples:
    """The same items with what people said of them in the end, one try each."""
    values = np.array([[truths.get(item, np.nan)] for item in samples.items])
    return replace(samples, numerators=values, denominators=np.ones_like(values))
