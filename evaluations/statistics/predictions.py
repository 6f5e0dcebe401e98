"""A few human labels correct many judge scores: the prediction-powered mean."""

import math
from dataclasses import dataclass

from evaluations.statistics.quantiles import two_sided_normal
from evaluations.statistics.results import Interval
from evaluations.statistics.samples import Floats


@dataclass(frozen=True)
class PoweredMean:
    """point and interval in the unit of the labels."""

    point: float
    interval: Interval
    se: float
    labelled: int
    unlabelled: int


def prediction_powered_mean(
    human: Floats, judge_labelled: Floats, judge_unlabelled: Floats, confidence: float = 0.95
) -> PoweredMean | None:
    """θ = mean f_unlabelled + mean(Y − f_labelled) (Angelopoulos et al. 2023, λ = 1); None without labels.

    SE = √(var(f−Y)/n + var(f)/N), variances with ddof 0, normal z. human and judge_labelled are rows of
    the same n items. Without any spread nothing is claimed: None.
    """
    n, many = len(human), len(judge_unlabelled)
    if len(judge_labelled) != n:
        raise ValueError("each human label needs the judge's score of the same item")
    if n == 0 or many == 0:
        return None
    corrections = human - judge_labelled
    point = float(judge_unlabelled.mean() + corrections.mean())
    se = math.sqrt(float(corrections.var()) / n + float(judge_unlabelled.var()) / many)
    if se == 0:
        return None
    half = two_sided_normal(confidence) * se
    return PoweredMean(point, Interval(point - half, point + half, confidence), se, n, many)
