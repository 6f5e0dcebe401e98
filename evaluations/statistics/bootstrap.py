"""Cluster bootstrap with a stored seed: whole clusters are drawn, never single items."""

from collections.abc import Callable, Sequence

import numpy as np

from evaluations.statistics.results import Interval
from evaluations.statistics.samples import Floats
from evaluations.statistics.units import cluster_codes


def cluster_bootstrap(
    values: Floats,
    clusters: Sequence[str] | None,
    statistic: Callable[[Floats], float],
    seed: int,
    replicates: int = 2000,
    confidence: float = 0.95,
) -> Interval | None:
    """Percentile interval of statistic(values); rows of values are items, None below two clusters.

    clusters: a name per item, None = each its own. The same seed gives the same interval.
    """
    codes, groups = cluster_codes(clusters, np.ones(len(values), dtype=np.bool_))
    if groups < 2:
        return None
    order = np.argsort(codes, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(codes, minlength=groups))[:-1])
    draws = np.random.default_rng(seed).integers(0, groups, size=(replicates, groups))
    found = [statistic(values[np.concatenate([members[group] for group in draw])]) for draw in draws]
    return percentile_ends(np.array(found), confidence)


def percentile_ends(found: Floats, confidence: float) -> Interval:
    tail = (1 - confidence) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return Interval(float(low), float(high), confidence)
