"""How often people and judge agree, beyond what chance gives. Ratings: raters × units, NaN = not rated."""

from collections.abc import Callable

import numpy as np

from evaluations.statistics.bootstrap import percentile_ends
from evaluations.statistics.results import Interval
from evaluations.statistics.samples import Floats


def krippendorff_alpha(ratings: Floats, *, numeric: bool = False) -> float | None:
    """α = 1 − observed / expected disagreement (Krippendorff 2011); None when all ratings are alike.

    numeric: squared differences count (interval level), else any difference (nominal level). Units
    with fewer than two ratings tell nothing and are left out.
    """
    values = np.unique(ratings[~np.isnan(ratings)])
    counts = (ratings[:, :, None] == values).sum(axis=0).astype(np.float64)
    counts = counts[counts.sum(axis=1) >= 2]
    raters = counts.sum(axis=1, keepdims=True)
    together = (counts / (raters - 1)).T @ counts - np.diag((counts / (raters - 1)).sum(axis=0))
    apart = (values[:, None] - values) ** 2 if numeric else (values[:, None] != values).astype(np.float64)
    totals = together.sum(axis=0)
    expected = float((np.outer(totals, totals) * apart).sum())
    if expected <= 0:
        return None
    return 1 - float((together * apart).sum()) * (float(totals.sum()) - 1) / expected


def cohen_kappa(ratings: Floats) -> float | None:
    """κ of exactly two raters over the units both rated (Cohen 1960); None when chance explains all."""
    if ratings.shape[0] != 2:
        raise ValueError("kappa compares exactly two raters")
    both = ratings[:, ~np.isnan(ratings).any(axis=0)]
    if both.shape[1] == 0:
        return None
    values = np.unique(both)
    shares = (both[:, :, None] == values).mean(axis=1)
    chance = float((shares[0] * shares[1]).sum())
    return None if chance >= 1 - 1e-12 else (float((both[0] == both[1]).mean()) - chance) / (1 - chance)


def agreement_interval(
    ratings: Floats,
    measure: Callable[[Floats], float | None],
    seed: int,
    replicates: int = 1000,
    confidence: float = 0.95,
) -> Interval | None:
    """Percentile bootstrap over units; None when fewer than half of the resamples can be measured."""
    units = ratings.shape[1]
    if units == 0:
        return None
    draws = np.random.default_rng(seed).integers(0, units, size=(replicates, units))
    found = [value for value in (measure(ratings[:, rows]) for rows in draws) if value is not None]
    return None if len(found) < replicates / 2 else percentile_ends(np.array(found), confidence)
