"""Intervals of figures that are no mean: whole clusters are drawn again and again, with a seed that is kept.

BCa (Efron 1987) for macro-F1, recall at a precision and AUROC; for the calibration error, whose estimate lies too high and whose
resamples lie higher still, Student's t with the bootstrap's error and, on the side it pulls to, its bias.
docs/decisions/0010-figures-over-all-cases.md holds what each was measured to do.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from evaluations.statistics.arrays import Flags, Floats
from evaluations.statistics.estimate import Estimate
from evaluations.statistics.labelled import Figure, LabelledRows, Metric
from evaluations.statistics.perfect import METHOD, perfect_interval
from evaluations.statistics.perfect_pairs import PerfectDifference, perfect_difference
from evaluations.statistics.quantiles import SLACK, two_sided_student
from evaluations.statistics.results import Interval, Reason
from evaluations.statistics.samples import Reach, Samples
from evaluations.statistics.units import Units

ENOUGH = 30
CELLS_AT_ONCE = 4_000_000
JACKKNIFE_GROUPS = 200
MOST_UNDEFINED = 0.05

Statistic = Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Resampled:
    """A figure, or a difference of two, with what it was in each resample. It is a `Difference`.

    draws: sorted, undefined ones left out; acceleration: None asks for t with the bias guarded, else BCa. low, high: where it can lie.
    """

    point: float
    draws: Floats
    clusters: int
    acceleration: float | None
    low: float
    high: float
    metric: Metric

    @property
    def method(self) -> str:
        return "bootstrap-t/1" if self.acceleration is None else "bootstrap-bca/1"

    @property
    def se(self) -> float:
        return float(self.draws.std(ddof=1))

    @property
    def df(self) -> int:
        return self.clusters - 1

    @property
    def seed(self) -> int:
        return self.metric.seed

    @property
    def resamples(self) -> int:
        return self.metric.resamples

    def interval(self, confidence: float) -> Interval:
        if self.acceleration is None:
            half = two_sided_student(confidence, self.df) * self.se
            low, high = self._unbiased()
            return Interval(max(low - half, self.low), min(high + half, self.high), confidence)
        tail = (1 - confidence) / 2
        return Interval(self._end(tail, self.low), self._end(1 - tail, self.high), confidence)

    def p_value(self, limit: float) -> float:
        """1 minus the largest confidence at which the interval leaves limit out; never below 2 / (resamples + 1)."""
        if self.acceleration is None:
            low, high = self._unbiased()
            gap = max(low - limit, limit - high, 0.0)
            return 2 * float(special.stdtr(self.df, -gap / self.se))
        below = (self.draws < limit).mean() + (self.draws == limit).mean() / 2
        least = 1 / (len(self.draws) + 1)
        away = special.ndtri(np.clip(below, least, 1 - least)) - self._shift
        tail = float(special.ndtr(away / (1 + self.acceleration * away) - self._shift))
        return float(np.clip(2 * min(tail, 1 - tail), 2 * least, 1.0))

    def _unbiased(self) -> tuple[float, float]:
        bias = float(self.draws.mean()) - self.point
        return self.point - max(bias, 0.0), self.point - min(bias, 0.0)

    @property
    def _shift(self) -> float:
        """z0: how far the resamples lie off the figure."""
        below = (self.draws < self.point).mean() + (self.draws == self.point).mean() / 2
        least = 0.5 / len(self.draws)
        return float(special.ndtri(np.clip(below, least, 1 - least)))

    def _end(self, tail: float, outermost: float) -> float:
        """The BCa quantile; further out than the resamples reach it is the end of what is possible."""
        away = self._shift + float(special.ndtri(tail))
        share = float(special.ndtr(self._shift + away / (1 - (self.acceleration or 0.0) * away)))
        least = 1 / (len(self.draws) + 1)
        if not least <= share <= 1 - least:
            return outermost
        return float(np.quantile(self.draws, share))


def estimate_figure(samples: Samples, units: Units, confidence: float, reach: Reach) -> Estimate:
    """Point and interval of a figure over all scored samples of a run."""
    keep: Flags = np.any(samples.present, axis=1)
    point = figure_on(samples, keep)
    if reach == Reach.THESE_ITEMS:
        return Estimate("none/1", units.n, units.clusters, point, reason=Reason.NO_CENSUS)
    found, reason = _resampled([samples], keep, units, (0.0, 1.0))
    if found is None and reason in (Reason.ZERO_VARIANCE, Reason.FEW_OF_A_LABEL, Reason.SMALL_N):
        rows, places, _ = _rows(samples, keep)
        if known := perfect_interval(rows, units.codes[places], confidence):
            forbids = Reason.NONE if reason is Reason.ZERO_VARIANCE else reason
            return Estimate(METHOD, units.n, units.clusters, point, known, forbids, se=0.0)
    if found is None:
        return Estimate("none/1", units.n, units.clusters, point, reason=reason)
    return Estimate(
        method=found.method,
        n=units.n,
        clusters=units.clusters,
        point=found.point,
        interval=found.interval(confidence),
        reason=reason,
        se=found.se,
        df=found.df,
        seed=found.seed,
        resamples=found.resamples,
    )


def difference_of_figures(
    ours: Samples, theirs: Samples, keep: Flags, units: Units
) -> tuple[Resampled | PerfectDifference | None, Reason]:
    """Our figure minus theirs on the items of keep, the same clusters drawn for both; exact bounds where nothing is wrong in either."""
    found, reason = _resampled([ours, theirs], keep, units, (-1.0, 1.0))
    if found is not None or reason not in (Reason.ZERO_VARIANCE, Reason.FEW_OF_A_LABEL, Reason.SMALL_N):
        return found, reason
    (mine, at, _), (other, beside, _) = _rows(ours, keep), _rows(theirs, keep)
    known = perfect_difference(mine, other, (units.codes[at], units.codes[beside]))
    return known, Reason.NONE if known and reason is Reason.ZERO_VARIANCE else reason


def figure_on(samples: Samples, keep: Flags) -> float | None:
    """The figure on the scored tries of these items, each item counting once; None where it is undefined."""
    rows, places, tries = _rows(samples, keep)
    return _number(rows.figure((1 / tries[places])[None, :])[0]) if len(places) else None


def _resampled(
    runs: list[Samples], keep: Flags, units: Units, bounds: tuple[float, float]
) -> tuple[Resampled | None, Reason]:
    """The resampled figure of the first run, less that of the second; the reason, when given, forbids a decision."""
    statistic, rows = _statistic(runs, keep, units)
    point = _number(statistic(np.ones((1, units.clusters)))[0])
    reason = _hindrance(rows, runs[0], keep, units)
    if point is None or units.clusters < 2:
        return None, reason or Reason.ONE_LABEL
    metric = rows.metric
    draws = statistic_of_draws(statistic, units.clusters, metric)
    known = np.sort(draws[~np.isnan(draws)])
    if len(known) < (1 - MOST_UNDEFINED) * len(draws):
        return None, reason or Reason.FEW_OF_A_LABEL
    if known[-1] - known[0] <= SLACK:
        return None, reason or Reason.ZERO_VARIANCE
    by_t = metric.figure is Figure.CALIBRATION_ERROR
    acceleration = None if by_t else _acceleration(statistic, units.clusters, metric.seed)
    return Resampled(point, known, units.clusters, acceleration, *bounds, metric), reason


def statistic_of_draws(statistic: Statistic, clusters: int, metric: Metric) -> Floats:
    """The statistic of each resample of whole clusters; the same seed gives the same values."""
    random = np.random.default_rng(metric.seed)
    at_once = max(1, CELLS_AT_ONCE // clusters)
    found = []
    for start in range(0, metric.resamples, at_once):
        size = min(at_once, metric.resamples - start)
        drawn = random.integers(0, clusters, size=(size, clusters)) + np.arange(size)[:, None] * clusters
        counts = np.bincount(drawn.ravel(), minlength=size * clusters).reshape(size, clusters)
        found.append(statistic(counts.astype(np.float64)))
    return np.concatenate(found)


def _acceleration(statistic: Statistic, clusters: int, seed: int) -> float:
    """BCa's a by leaving out each cluster; of very many, each of 200 groups of them, put together by the seed."""
    groups = min(clusters, JACKKNIFE_GROUPS)
    group = np.random.default_rng(seed).permutation(clusters) % groups
    left = statistic((group[None, :] != np.arange(groups)[:, None]).astype(np.float64))
    gaps = np.nanmean(left) - left[~np.isnan(left)]
    spread = float((gaps**2).sum())
    return float((gaps**3).sum()) / (6 * spread**1.5) if spread > SLACK**2 else 0.0


def _statistic(runs: list[Samples], keep: Flags, units: Units) -> tuple[Statistic, LabelledRows]:
    """The figure (or difference) as a function of how often each cluster counts, shape (draws, clusters)."""
    parts = [_rows(run, keep) for run in runs]

    def value(counts: Floats) -> Floats:
        by_item = counts[:, units.codes]
        figures = [rows.figure(by_item[:, places] / tries[places]) for rows, places, tries in parts]
        return figures[0] if len(figures) == 1 else figures[0] - figures[1]

    return value, parts[0][0]


def _rows(samples: Samples, keep: Flags) -> tuple[LabelledRows, np.ndarray, Floats]:
    """The scored tries of the kept items, the place of each among these items, and the tries of each item."""
    labelled = samples.labelled
    if labelled is None:
        raise ValueError("a figure over all samples needs their labels")
    counted = samples.present & keep[:, None]
    tries = counted.sum(axis=1)[keep].astype(np.float64)
    places = np.repeat(np.arange(len(tries)), tries.astype(np.intp))
    return labelled.flat(counted), places, tries


def enough_for(samples: Samples) -> int:
    """Clusters below which nothing is decided: 30, of a calibration error 30 for each bin."""
    metric = samples.labelled.metric if samples.labelled is not None else None
    by_bin = metric is not None and metric.figure is Figure.CALIBRATION_ERROR
    return ENOUGH * metric.bins if metric is not None and by_bin else ENOUGH


def _hindrance(rows: LabelledRows, samples: Samples, keep: Flags, units: Units) -> Reason:
    """Why these samples cannot decide: one source, one label alone, or fewer than 30 clusters of a label (a bin)."""
    if units.declared and units.clusters < 2:
        return Reason.ONE_CLUSTER
    if rows.metric.figure is Figure.CALIBRATION_ERROR:
        return Reason.SMALL_N if units.clusters < enough_for(samples) else Reason.NONE
    _, places, _ = _rows(samples, keep)
    pairs = np.unique(np.stack([rows.groups_of(), units.codes[places]]), axis=1)
    sizes = np.unique(pairs[0], return_counts=True)[1]
    if len(sizes) < 2:
        return Reason.ONE_LABEL
    return Reason.FEW_OF_A_LABEL if sizes.min() < ENOUGH else Reason.NONE


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
