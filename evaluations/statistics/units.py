"""From tries to items: the item is the unit of information, its mean over repeats comes first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluations.statistics.samples import Flags, Floats, Samples


@dataclass(frozen=True, eq=False)
class Units:
    """The scored items of a run.

    values, weights: mean numerator and denominator over the scored repeats, shape (items,).
    codes: cluster number 0…clusters−1 of each item. declared: clusters were given, not one per item.
    tries: scored items × repeats.
    """

    values: Floats
    weights: Floats
    codes: NDArray[np.intp]
    clusters: int
    declared: bool
    tries: int

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def single(self) -> bool:
        """One try an item and one item a cluster: nothing depends on anything."""
        return self.tries == self.n == self.clusters


def collapse(samples: Samples, keep: Flags | None = None) -> Units:
    """Units of the items with at least one score; keep narrows them further (mask over items)."""
    present = samples.present
    tries = present.sum(axis=1)
    scored = tries > 0 if keep is None else keep & (tries > 0)
    codes, clusters = cluster_codes(samples.clusters, scored)
    return Units(
        values=_means(samples.numerators, present, tries, scored),
        weights=_means(samples.denominators, present, tries, scored),
        codes=codes,
        clusters=clusters,
        declared=samples.clusters is not None,
        tries=int(tries[scored].sum()),
    )


def _means(cells: Floats, present: Flags, tries: NDArray[np.int64], scored: Flags) -> Floats:
    totals = np.where(present, cells, 0.0).sum(axis=1)
    means: Floats = totals[scored] / tries[scored]
    return means


def cluster_codes(names: Sequence[str] | None, scored: Flags) -> tuple[NDArray[np.intp], int]:
    """Cluster number of each scored item, and how many clusters they fall in."""
    if names is None:
        count = int(scored.sum())
        return np.arange(count, dtype=np.intp), count
    numbers: dict[str, int] = {}
    picked = [names[row] for row in np.flatnonzero(scored).tolist()]
    codes = np.array([numbers.setdefault(name, len(numbers)) for name in picked], dtype=np.intp)
    return codes, len(numbers)


def robust_error(residuals: Floats, codes: NDArray[np.intp], clusters: int) -> float:
    """CR1 standard error of a mean from its residuals; clusters ≥ 2.

    SE² = G/(G−1) · Σ_g (Σ_{i∈g} residual_i)² / I².
    """
    sums = np.bincount(codes, weights=residuals, minlength=clusters)
    return float(np.sqrt(clusters / (clusters - 1) * np.dot(sums, sums))) / len(residuals)
