"""Two runs over the same items, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluations.statistics.bounded_means import ENOUGH_CLUSTERS
from evaluations.statistics.differences import ConstantDifference, Difference, MeanDifference, RateDifference
from evaluations.statistics.estimation import point_of
from evaluations.statistics.missing import filled, missing_share
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.rare import RareDifference, rare_difference
from evaluations.statistics.ratios import ratio_of_sums
from evaluations.statistics.resampling import difference_of_figures, enough_for
from evaluations.statistics.results import Counts, Reason
from evaluations.statistics.samples import Flags, Floats, Kind, Samples
from evaluations.statistics.tango import mcnemar_exact
from evaluations.statistics.units import Units, collapse, robust_error
from evaluations.statistics.watched import WatchedDifference, watched


@dataclass(frozen=True, eq=False)
class Pairing:
    """What two runs say about each other on their shared items.

    scored: over pairs scored on both sides, None when nothing can be estimated; worst and best read
    every missing try against and for ours; rare: what must agree where few clusters differ. reason
    forbids a decision; enough: clusters below which nothing is decided, where that is the reason.
    labels: items people labelled, where their words correct a judge's opinions.
    n: pairs scored; total: shared items; share: missing share of pairs or of either side's tries,
    whichever is larger.
    """

    scored: Difference | None
    worst: Difference | None
    best: Difference | None
    reason: Reason
    n: int
    total: int
    clusters: int
    share: float
    repeats: int
    counts: Counts | None
    points: tuple[float | None, float | None]
    p: float | None
    higher_is_better: bool
    width: float
    rare: RareDifference | None = None
    enough: int = ENOUGH_CLUSTERS
    labels: int | None = None

    @property
    def watched(self) -> bool:
        """Whether its range holds at every look, so that what is reckoned for one look does not apply."""
        return self.scored is not None and "-sequence/" in self.scored.method

    @property
    def readings(self) -> tuple[Difference | None, ...]:
        return (self.scored, self.worst, self.best) if self.share > 0 else (self.scored,)


def align(ours: Samples, theirs: Samples) -> tuple[Samples, Samples]:
    """Both runs on their shared items, in our order."""
    if ours.items == theirs.items:
        return ours, theirs
    place = {item: row for row, item in enumerate(theirs.items)}
    theirs_rows = np.array([place.get(item, -1) for item in ours.items], dtype=np.intp)
    shared = theirs_rows >= 0
    kept = ours if shared.all() else ours.select(shared)
    return kept, theirs.select(theirs_rows[shared])


def pair(ours: Samples, theirs: Samples) -> Pairing:
    """Ours minus theirs on the items both were given; runs of unlike scores are not comparable."""
    ours, theirs = align(ours, theirs)
    if not (ours.looks or theirs.looks):
        return _paired(ours, theirs)
    return _paired_at_any_look(ours, theirs)


def _paired_at_any_look(ours: Samples, theirs: Samples) -> Pairing:
    """On the items both were asked, since a run that stopped early lacks nothing; tightest when all of them were."""
    planned_n, asked = len(ours.items), ours.wanted & theirs.wanted
    found = _paired(ours.select(asked), theirs.select(asked))
    if ours.kind is Kind.SET:
        whole = bool(asked.all())
        return found if whole else replace(found, scored=None, reason=found.reason or Reason.NOT_ALL_ASKED)
    found = watched_pairing(found, planned_n)
    asymptotic = isinstance(found.scored, WatchedDifference) and found.clusters < ENOUGH_CLUSTERS
    return replace(found, reason=found.reason or Reason.SMALL_N) if asymptotic else found


def watched_pairing(pairing: Pairing, planned_n: int) -> Pairing:
    """The same pairs with differences that hold at every look; planned_n: items at which they are tightest."""
    scored = watched(pairing.scored, pairing.n, planned_n)
    lost = pairing.scored is not None and scored is None
    return replace(
        pairing,
        scored=scored,
        worst=watched(pairing.worst, pairing.total, planned_n),
        best=watched(pairing.best, pairing.total, planned_n),
        reason=pairing.reason or (Reason.ZERO_VARIANCE if lost else Reason.NONE),
        p=None if scored is None else scored.p_value(0.0),
        rare=None,
    )


def _paired(ours: Samples, theirs: Samples) -> Pairing:
    both: Flags = np.logical_and(_scored(ours), _scored(theirs))
    left, right = _units(ours, theirs, both)
    scored, reason = _compared(ours, theirs, both, left, right)
    if not _alike(ours, theirs):
        scored, reason = None, Reason.NOT_COMPARABLE
    share = _share(both, ours, theirs)
    worst, best = (_reading(ours, theirs, passing) for passing in (False, True)) if share else (None, None)
    counts = _counts(left, right, ours.higher_is_better) if ours.kind is Kind.BINARY and left.n else None
    return Pairing(
        scored=scored,
        worst=worst,
        best=best,
        reason=reason,
        n=left.n,
        total=len(ours.items),
        clusters=left.clusters,
        share=share,
        repeats=min(ours.repeats, theirs.repeats),
        counts=counts,
        points=_points(ours, theirs, both, left, right) if left.n else (None, None),
        p=_p_of_no_difference(scored, counts),
        higher_is_better=ours.higher_is_better,
        width=ours.bounds[1] - ours.bounds[0],
        rare=_rare(ours, left, right, scored),
        enough=enough_for(ours),
    )


def _compared(
    ours: Samples, theirs: Samples, keep: Flags, left: Units, right: Units
) -> tuple[Difference | None, Reason]:
    if ours.kind is Kind.SET and theirs.kind is Kind.SET and left.n:
        return difference_of_figures(ours, theirs, keep, left)
    return _difference(ours, left, right)


def _points(
    ours: Samples, theirs: Samples, keep: Flags, left: Units, right: Units
) -> tuple[float | None, float | None]:
    """Each side's own value on the pairs."""
    return (
        point_of(ours.select(keep) if ours.kind is Kind.SET else ours, left),
        point_of(theirs.select(keep) if theirs.kind is Kind.SET else theirs, right),
    )


def _rare(samples: Samples, left: Units, right: Units, scored: Difference | None) -> RareDifference | None:
    bounded = samples.kind in (Kind.BINARY, Kind.BOUNDED)
    if not bounded or not isinstance(scored, MeanDifference):
        return None
    width = samples.bounds[1] - samples.bounds[0]
    return rare_difference(left.values - right.values, left, scored.point, width)


def _alike(ours: Samples, theirs: Samples) -> bool:
    return _shape(ours) == _shape(theirs)


def _shape(run: Samples) -> tuple[object, ...]:
    return run.kind, run.bounds, run.higher_is_better, run.labelled and run.labelled.metric


def _units(ours: Samples, theirs: Samples, keep: Flags) -> tuple[Units, Units]:
    left, right = collapse(ours, keep), collapse(theirs, keep)
    return (left, right) if left.declared or not right.declared else (_clustered(left, right), right)


def _clustered(units: Units, like: Units) -> Units:
    return Units(units.values, units.weights, like.codes, like.clusters, like.declared, units.tries)


def _share(both: Flags, ours: Samples, theirs: Samples) -> float:
    if not len(both):
        return 0.0
    return max(float(1 - both.mean()), missing_share(ours), missing_share(theirs))


def _reading(ours: Samples, theirs: Samples, passing: bool) -> Difference | None:
    """All that is missing read for ours (passing) or against it, on the other side the reverse."""
    left, right = filled(ours, passing=passing), filled(theirs, passing=not passing)
    keep: Flags = np.logical_and(_scored(left), _scored(right))
    return _compared(left, right, keep, *_units(left, right, keep))[0]


def _scored(samples: Samples) -> Flags:
    scored: Flags = np.any(samples.present, axis=1)
    return scored


def _difference(samples: Samples, left: Units, right: Units) -> tuple[Difference | None, Reason]:
    if left.n == 0:
        return None, Reason.ALL_ERRORED if samples.items else Reason.NONE
    if left.declared and left.clusters < 2:
        return None, Reason.ONE_CLUSTER
    if samples.kind is Kind.BINARY and left.single and right.single:
        unlike = left.values - right.values
        return RateDifference(int((unlike > 0).sum()), int((unlike < 0).sum()), left.n), Reason.NONE
    if not (np.isfinite(left.values).all() and np.isfinite(right.values).all()):
        return None, Reason.ERRORS
    linear = _linear(samples.kind, left, right)
    return (None, Reason.SMALL_N) if linear is None else _mean_difference(samples, left, *linear)


def _linear(kind: Kind, left: Units, right: Units) -> tuple[float, Floats] | None:
    """The difference and, per item, its residual scaled so that the mean of residuals is its error."""
    if kind is not Kind.RATIO:
        gaps = left.values - right.values
        point = float(gaps.mean())
        return point, gaps - point
    ours, theirs = ratio_of_sums(left), ratio_of_sums(right)
    if ours is None or theirs is None:
        return None
    residuals = (left.values - ours * left.weights) / left.weights.mean()
    residuals -= (right.values - theirs * right.weights) / right.weights.mean()
    return ours - theirs, residuals


def _mean_difference(
    samples: Samples, units: Units, point: float, residuals: Floats
) -> tuple[Difference | None, Reason]:
    width = samples.bounds[1] - samples.bounds[0]
    bounded = samples.kind in (Kind.BINARY, Kind.BOUNDED)
    se = robust_error(residuals, units.codes, units.clusters) if units.clusters > 1 else 0.0
    if se <= SLACK * (width if bounded else max(abs(point), SLACK)):
        if bounded:
            return ConstantDifference(point, units.clusters, width), Reason.NONE
        return None, Reason.ZERO_VARIANCE if units.clusters > 1 else Reason.SMALL_N
    few = samples.kind is Kind.UNBOUNDED and units.clusters < ENOUGH_CLUSTERS
    return MeanDifference(point, se, units.clusters - 1), Reason.SMALL_N if few else Reason.NONE


def _counts(left: Units, right: Units, higher_is_better: bool) -> Counts:
    """McNemar's counts of passes; with repeats an item passes when more than half of its tries do."""
    sign = 1 if higher_is_better else -1
    ours, theirs = sign * (left.values - 0.5) > 0, sign * (right.values - 0.5) > 0
    both, only_a = int((ours & theirs).sum()), int((ours & ~theirs).sum())
    only_b = int((~ours & theirs).sum())
    return Counts(both, only_a, only_b, left.n - both - only_a - only_b)


def _p_of_no_difference(difference: Difference | None, counts: Counts | None) -> float | None:
    if isinstance(difference, RateDifference) and counts is not None:
        return mcnemar_exact(counts.only_a, counts.only_b)
    return None if difference is None else difference.p_value(0.0)


def same_items(runs: Sequence[Samples]) -> list[Samples]:
    """All runs narrowed to the items every one of them scored, in the order of the first."""
    common = set.intersection(
        *({run.items[row] for row in np.flatnonzero(run.present.any(axis=1)).tolist()} for run in runs)
    )
    order = [item for item in runs[0].items if item in common]
    return [_in_order(run, order) for run in runs]


def _in_order(run: Samples, order: Sequence[str]) -> Samples:
    place = {item: row for row, item in enumerate(run.items)}
    return run.select([place[item] for item in order])
