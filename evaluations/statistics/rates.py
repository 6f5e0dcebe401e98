"""Pass rate: Clopper–Pearson when tries are independent, else moment-matched to the spread of the items."""

import math

from evaluations.statistics.estimate import Estimate
from evaluations.statistics.proportions import clopper_pearson
from evaluations.statistics.quantiles import SLACK, two_sided_normal, two_sided_student
from evaluations.statistics.units import Units, robust_error


def estimate_rate(units: Units, confidence: float) -> Estimate:
    """Interval of the mean pass rate; units.n ≥ 1.

    One try an item, one item a cluster: Clopper–Pearson. Otherwise Korn and Graubard (1998) as NCHS
    use it: n_eff = min(tries, p(1−p)/SE² + 1), n_adj = n_eff·(z/t)², Clopper–Pearson with
    k = p·n_adj; p of 0 or 1, or no spread: n_adj = G.
    """
    p = float(units.values.mean())
    if units.single:
        se = math.sqrt(p * (1 - p) / units.n)
        interval = clopper_pearson(round(p * units.n), units.n, confidence)
        return Estimate("clopper-pearson/1", units.n, units.clusters, p, interval, se=se)
    se, n_eff, n_adj = matched_size(p, units, confidence, most=units.tries)
    return Estimate(
        method="korn-graubard/1",
        n=units.n,
        clusters=units.clusters,
        point=p,
        interval=clopper_pearson(p * n_adj, n_adj, confidence),
        se=se,
        df=units.clusters - 1,
        n_eff=n_eff,
        n_adj=n_adj,
    )


def matched_size(
    p: float, units: Units, confidence: float, most: float = math.inf
) -> tuple[float, float, float]:
    """SE, n_eff and n_adj of units whose values lie in [0, 1] with mean p; most caps n_eff."""
    groups = units.clusters
    se = 0.0 if groups < 2 else robust_error(units.values - p, units.codes, groups)
    if se < SLACK or not SLACK < p < 1 - SLACK:
        return 0.0, float(groups), float(groups)
    n_eff = min(most, p * (1 - p) / se**2 + 1)
    return se, n_eff, n_eff * (two_sided_normal(confidence) / two_sided_student(confidence, groups - 1)) ** 2
