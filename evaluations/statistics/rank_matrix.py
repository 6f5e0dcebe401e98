"""Every pair of many runs on the same items at once: differences and p-values as arrays.

The same tests as `pairs.pair`, which is their oracle: exact McNemar for single binary tries, else paired t on clusters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evaluations.statistics.bounded_means import ENOUGH_CLUSTERS
from evaluations.statistics.missing import filled
from evaluations.statistics.pairs import pair
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.rare import rare_among
from evaluations.statistics.resampling import figure_on
from evaluations.statistics.samples import Flags, Floats, Kind, Samples
from evaluations.statistics.units import cluster_codes

BOUNDED = (Kind.BINARY, Kind.BOUNDED)


@dataclass(frozen=True, eq=False)
class Tests:
    """Of each pair in the order of `couples`: a − b in the scorer's unit, and the p of no difference (1: nothing can be said)."""

    gaps: Floats
    p: Floats


@dataclass(frozen=True, eq=False)
class Shape:
    """What all runs of a table have in common. rows: the kept items; codes: cluster of each; sizes: items of each cluster; sure: few
    clusters of unbounded scores decide nothing; rare: nor do few unlike ones among many alike, without a second reading.
    """

    kind: Kind
    rows: NDArray[np.intp] | slice
    width: float
    codes: NDArray[np.intp] | None
    sizes: Floats | None
    clusters: int
    items: int
    sure: bool
    rare: bool


@dataclass(frozen=True, eq=False)
class Table:
    """Runs by rows. points: (runs,); residuals: summed by cluster, (runs, clusters), none where counts say all; passes: 0 or 1 by item of
    runs of single tries.
    """

    points: Floats
    residuals: Floats
    passes: Floats
    single: Flags
    known: Flags

    def row(self, place: int) -> Self:
        """One run, to be set against many."""
        cut = slice(place, place + 1)
        return type(self)(
            self.points[cut], self.residuals[cut], self.passes[cut], self.single[cut], self.known[cut]
        )

    def below(self, place: int) -> Self:
        """The runs after this one."""
        cut = slice(place + 1, None)
        return type(self)(
            self.points[cut], self.residuals[cut], self.passes[cut], self.single[cut], self.known[cut]
        )


def couples(count: int) -> list[tuple[int, int]]:
    """Every pair once, as (a, b) with a < b."""
    return [(a, b) for a in range(count) for b in range(a + 1, count)]


def points_of(runs: Sequence[Samples], keep: Flags) -> list[float]:
    """The score of each run on these items."""
    if runs[0].kind is Kind.SET:
        return [figure_on(run, keep) or 0.0 for run in runs]
    rows = _kept(keep)
    return [_center(run.kind, *_means(run, rows))[0] for run in runs]


def all_tests(runs: Sequence[Samples], keep: Flags, *, sure: bool = False) -> Tests:
    """Paired tests of all runs, which list the same items, on those of `keep`, which all of them scored.

    sure: a difference must stand however the missing tries are read (for and against each side), unbounded scores need 30 clusters, and
    means of few unlike clusters a second reading (`rare`), whose p is taken where it is larger.
    """
    if runs[0].kind is Kind.SET:
        return _tests_of_figures([run.select(keep) for run in runs])
    shape = _shape(runs[0], keep, sure=sure, rare=sure)
    table = _table(runs, shape)
    scored = _pairs(table, table, shape)
    if not sure or all(run.present.all() for run in runs):
        return scored
    return _standing(runs, scored)


def _tests_of_figures(runs: Sequence[Samples]) -> Tests:
    """Figures over all samples are told apart pair by pair, the same clusters drawn for both; p is 1 where nothing may be decided."""
    pairings = [pair(runs[a], runs[b]) for a, b in couples(len(runs))]
    gaps = [0.0 if one.scored is None else one.scored.point for one in pairings]
    p = [1.0 if one.reason or one.p is None else one.p for one in pairings]
    return Tests(np.array(gaps), np.array(p))


def _standing(runs: Sequence[Samples], scored: Tests) -> Tests:
    """The largest p of the three readings; 1 where they do not agree on who is ahead."""
    keep = np.ones(len(runs[0].items), dtype=np.bool_)
    shape = _shape(runs[0], keep, sure=True)
    worst, best = ([filled(run, passing=passing) for run in runs] for passing in (False, True))
    usable = [one for one in (*worst, *best) if one.present.all()]
    if len(usable) < 2 * len(runs):
        return scored
    low, high = _table(worst, shape), _table(best, shape)
    readings = [scored, _pairs(low, high, shape), _pairs(high, low, shape)]
    signs = np.sign([reading.gaps for reading in readings])
    agree = np.all(signs == signs[0], axis=0)
    p = np.max([reading.p for reading in readings], axis=0)
    return Tests(scored.gaps, np.where(agree, p, 1.0))


def _shape(run: Samples, keep: Flags, *, sure: bool, rare: bool = False) -> Shape:
    codes, clusters = cluster_codes(run.clusters, keep)
    return Shape(
        kind=run.kind,
        rows=_kept(keep),
        width=run.bounds[1] - run.bounds[0],
        codes=codes if run.clusters is not None else None,
        sizes=np.bincount(codes, minlength=clusters).astype(np.float64) if run.clusters is not None else None,
        clusters=clusters,
        items=int(keep.sum()),
        sure=sure,
        rare=rare and run.kind in BOUNDED,
    )


def _kept(keep: Flags) -> NDArray[np.intp] | slice:
    """As positions, which are many times faster to take than a mask; a slice of all copies nothing."""
    return slice(None) if keep.all() else np.flatnonzero(keep)


def _table(runs: Sequence[Samples], shape: Shape) -> Table:
    means = [_means(run, shape.rows) for run in runs]
    known = np.array(
        [bool(np.isfinite(values).all() and np.isfinite(weights).all()) for values, weights in means]
    )
    single = np.array([_single(run, shape) for run in runs])
    none = np.zeros((len(runs), 0))
    binary = shape.kind is Kind.BINARY
    passes = np.vstack([values for values, _ in means]) if binary and single.any() else none
    if binary and single.all():
        return Table(passes.mean(axis=1) if shape.items else np.zeros(len(runs)), none, passes, single, known)
    centers = [_center(shape.kind, values, weights) for values, weights in means]
    residuals = [
        _summed(residual, shape) if one else np.zeros(shape.clusters)
        for (_, residual), one in zip(centers, known, strict=True)
    ]
    return Table(np.array([point for point, _ in centers]), np.vstack(residuals), passes, single, known)


def _single(run: Samples, shape: Shape) -> bool:
    """One try an item and one item a cluster."""
    return int(run.present[shape.rows].sum()) == shape.items == shape.clusters


def _means(run: Samples, rows: NDArray[np.intp] | slice) -> tuple[Floats, Floats]:
    """Numerators and denominators of the kept items, averaged over the tries they have."""
    if run.repeats == 1:
        return run.numerators[:, 0][rows], run.denominators[:, 0][rows]
    present = run.present[rows]
    tries = present.sum(axis=1)
    numerators = np.where(present, run.numerators[rows], 0.0).sum(axis=1) / tries
    return numerators, np.where(present, run.denominators[rows], 0.0).sum(axis=1) / tries


def _center(kind: Kind, values: Floats, weights: Floats) -> tuple[float, Floats]:
    """The estimate, and per item what it leaves over, scaled so that the mean of it is the estimate's error."""
    if not len(values):
        return 0.0, values
    if kind is not Kind.RATIO:
        point = float(values.mean())
        return point, values - point if np.isfinite(point) else np.zeros_like(values)
    total = float(weights.sum())
    if total <= 0:
        return 0.0, np.full_like(values, np.nan)
    ratio = float(values.sum()) / total
    return ratio, (values - ratio * weights) / weights.mean()


def _summed(residuals: Floats, shape: Shape) -> Floats:
    if shape.codes is None:
        return residuals
    sums: Floats = np.bincount(shape.codes, weights=residuals, minlength=shape.clusters).astype(np.float64)
    return sums


def _pairs(left: Table, right: Table, shape: Shape) -> Tests:
    """Row a of the left table against every later row of the right one."""
    if shape.kind is Kind.BINARY and left.single.all() and right.single.all():
        return _counted(left, right, shape)
    found = [_against(left.row(place), right.below(place), shape) for place in range(len(left.points) - 1)]
    if not found:
        return Tests(np.zeros(0), np.zeros(0))
    return Tests(np.concatenate([gaps for gaps, _ in found]), np.concatenate([p for _, p in found]))


def _counted(left: Table, right: Table, shape: Shape) -> Tests:
    """The same where counts alone decide: every run made one try an item and every item stands for itself."""
    a, b = np.triu_indices(len(left.points), 1)
    both = (left.passes @ right.passes.T)[a, b]
    p = _mcnemar(left.passes.sum(axis=1)[a] - both, right.passes.sum(axis=1)[b] - both)
    known = left.known[a] & right.known[b] & (shape.items > 0)
    return Tests(np.where(known, left.points[a] - right.points[b], 0.0), np.where(known, p, 1.0))


def _against(one: Table, others: Table, shape: Shape) -> tuple[Floats, Floats]:
    gaps = one.points - others.points
    known = (
        one.known & others.known & ~np.isnan(others.residuals).any(axis=1) & ~np.isnan(one.residuals).any()
    )
    if shape.items == 0 or (shape.codes is not None and shape.clusters < 2):
        known = np.zeros_like(known)
    p = _by_means(one, others, gaps, shape)
    if shape.kind is Kind.BINARY and one.single[0]:
        p = np.where(others.single, _by_counts(one.passes[0], others.passes), p)
    p = np.where(known, p, 1.0)
    return np.where(known, gaps, 0.0), p


def _by_counts(passes: Floats, others: Floats) -> Floats:
    both = others @ passes
    return _mcnemar(passes.sum() - both, others.sum(axis=1) - both)


def _mcnemar(only_one: Floats, only_other: Floats) -> Floats:
    """Exact, of each pair."""
    unlike = only_one + only_other
    tail = special.bdtr(np.minimum(only_one, only_other), np.maximum(unlike, 1).astype(np.int64), 0.5)
    return np.where(unlike == 0, 1.0, np.minimum(1.0, 2 * tail))


def _by_means(one: Table, others: Table, gaps: Floats, shape: Shape) -> Floats:
    groups = shape.clusters
    apart = others.residuals - one.residuals
    spread = np.sqrt(groups / max(groups - 1, 1) * np.einsum("ij,ij->i", apart, apart))
    errors = spread / shape.items if groups > 1 else np.zeros_like(gaps)
    bounded = shape.kind in BOUNDED
    size = np.maximum(np.abs(others.points), np.maximum(np.abs(one.points), SLACK))
    still = errors <= SLACK * (shape.width if bounded else size)  # what rounding leaves is no spread
    safe = np.where(still, 1.0, errors)
    p = 2 * special.stdtr(max(groups - 1, 1), -np.abs(gaps) / safe)
    if shape.sure and shape.kind is Kind.UNBOUNDED and groups < ENOUGH_CLUSTERS:
        return np.ones_like(p)
    if shape.rare and groups > 1:
        p = np.maximum(p, _second_readings(-apart, gaps, shape))
    return np.where(still, _constant(gaps, shape) if bounded else 1.0, p)


def _second_readings(apart: Floats, gaps: Floats, shape: Shape) -> Floats:
    """p of no difference where few clusters are unlike, else 0. apart: differences less their mean, summed by cluster."""
    means = apart if shape.sizes is None else apart / shape.sizes
    found = [rare_among(row, float(gap), shape.width) for row, gap in zip(means, gaps, strict=True)]
    return np.array([one.p_value(0.0) if one else 0.0 for one in found])


def _constant(gaps: Floats, shape: Shape) -> Floats:
    """The same difference on every item: how likely that is were there none."""
    share = np.abs(gaps) / (shape.width + np.abs(gaps))
    return np.minimum(1.0, 2 * (1 - share) ** shape.clusters)
