"""Corrections for many comparisons; p-values in, adjusted p-values or decisions out, in the same order."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.samples import Floats


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that control any false claim (Holm 1979): reject where they are ≤ α."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _back(raised, order)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that control the share of false claims (Benjamini and Hochberg 1995)."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    raised = p[order] * len(p) / np.arange(1, len(p) + 1)
    lowest_above = np.minimum.accumulate(raised[::-1])[::-1]
    return _back(lowest_above, order)


def bonferroni(p_values: Sequence[float]) -> list[float]:
    return [min(1.0, p * len(p_values)) for p in p_values]


def rejected(adjusted: Sequence[float], alpha: float = 0.05) -> list[bool]:
    return [p <= alpha + SLACK for p in adjusted]


def _back(raised: Floats, order: NDArray[np.intp]) -> list[float]:
    adjusted = np.empty_like(raised)
    adjusted[order] = np.minimum(raised, 1.0)
    return [float(p) for p in adjusted]
