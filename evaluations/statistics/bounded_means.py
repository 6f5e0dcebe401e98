"""Mean of a score with known bounds, such as a judge's mark or chrF."""

from dataclasses import replace

from evaluations.statistics.estimate import Estimate
from evaluations.statistics.proportions import clopper_pearson
from evaluations.statistics.quantiles import SLACK, constant_width
from evaluations.statistics.rates import matched_size
from evaluations.statistics.results import Interval
from evaluations.statistics.units import Units

ENOUGH_CLUSTERS = 30


def estimate_bounded_mean(units: Units, bounds: tuple[float, float], confidence: float) -> Estimate:
    """Interval of the mean; units.n ≥ 1, values and result in the score's unit, bounds its range.

    Rescaled to [0, 1]: as a clustered rate without the cap by tries; G < 30: n_adj = min(n_adj, G),
    the Bernoulli worst case; no spread and G ≥ 30: u = 1 − (α/2)^(1/G), interval
    ((1−u)c, (1−u)c + u) around the constant c.
    """
    low, width = bounds[0], bounds[1] - bounds[0]
    scaled = replace(units, values=((units.values - low) / width).clip(0.0, 1.0))
    mean = float(scaled.values.mean())
    se, n_eff, n_adj = matched_size(mean, scaled, confidence)
    if units.clusters < ENOUGH_CLUSTERS:
        n_adj = min(n_adj, float(units.clusters))
    constant = se < SLACK and units.clusters >= ENOUGH_CLUSTERS
    unit_interval = (
        _around_constant(mean, units.clusters, confidence)
        if constant
        else clopper_pearson(mean * n_adj, n_adj, confidence)
    )
    return Estimate(
        method="constant/1" if constant else "bounded-mean/1",
        n=units.n,
        clusters=units.clusters,
        point=low + mean * width,
        interval=Interval(low + unit_interval.low * width, low + unit_interval.high * width, confidence),
        se=se * width,
        df=max(units.clusters - 1, 0),
        n_eff=n_eff,
        n_adj=n_adj,
    )


def _around_constant(constant: float, clusters: int, confidence: float) -> Interval:
    u = constant_width(confidence, clusters)
    return Interval((1 - u) * constant, (1 - u) * constant + u, confidence)
