"""One mix of slices: the difference as it is when both sides are made up alike, so that no unlike mix and no large slice decides it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluations.statistics.estimate import Estimate
from evaluations.statistics.quantiles import SLACK, two_sided_student
from evaluations.statistics.results import Interval
from evaluations.statistics.samples import Flags, Floats, Kind, Samples
from evaluations.statistics.units import collapse

METHOD = "one-mix/1"


@dataclass(frozen=True, eq=False)
class Part:
    """A slice on both sides: masks over the items of ours and of theirs, and how much it counts (weights are made to add up to 1)."""

    ours: Flags
    theirs: Flags
    weight: float


@dataclass(frozen=True)
class OneMix:
    """difference: ours − theirs on the mix. by_part: the same in each slice, in their order."""

    difference: Estimate
    by_part: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class _Stratum:
    """gap: ours − theirs in the slice; errors: what each cluster brings to the error of the whole, scaled for few clusters."""

    gap: float
    errors: dict[str, float]

    @property
    def variance(self) -> float:
        return sum(error**2 for error in self.errors.values())

    @property
    def freedom(self) -> int:
        return len(self.errors) - 1


def on_one_mix(
    ours: Samples, theirs: Samples, parts: Sequence[Part], confidence: float = 0.95
) -> OneMix | None:
    """Σ weight · (ours − theirs) over the slices, with a stratified, cluster-robust error; None for figures that are no means.

    Items of the same key, or of one cluster, on both sides vary together. Each slice's variance is CR1 over its clusters; Satterthwaite's
    degrees of freedom over the slices. No range where a slice has fewer than two clusters or nothing varies.
    """
    total = sum(part.weight for part in parts)
    strata = [_stratum(ours, theirs, part, part.weight / total) for part in parts]
    known = [one for one in strata if one is not None]
    if ours.kind is Kind.SET or not parts or len(known) < len(parts):
        return None
    point = sum(part.weight / total * one.gap for part, one in zip(parts, known, strict=True))
    n = sum(int((part.ours & ours.present.any(axis=1)).sum()) for part in parts)
    return OneMix(_with_range(known, point, n, confidence), tuple([one.gap for one in known]))


def _with_range(strata: Sequence[_Stratum], point: float, n: int, confidence: float) -> Estimate:
    sums: dict[str, float] = {}
    for one in strata:
        for name, error in one.errors.items():
            sums[name] = sums.get(name, 0.0) + error
    se = float(np.sqrt(sum(error**2 for error in sums.values())))
    if min(one.freedom for one in strata) < 1 or se <= SLACK:
        return Estimate(METHOD, n, len(sums), point, se=se)
    spread = sum(one.variance for one in strata)
    df = max(int(spread**2 / sum(one.variance**2 / one.freedom for one in strata)), 1)
    half = two_sided_student(confidence, df) * se
    return Estimate(
        METHOD, n, len(sums), point, Interval(point - half, point + half, confidence), se=se, df=df
    )


def _stratum(ours: Samples, theirs: Samples, part: Part, weight: float) -> _Stratum | None:
    left, right = _side(ours, part.ours), _side(theirs, part.theirs)
    if left is None or right is None:
        return None
    names = [*left[1], *(right[1].keys() - left[1].keys())]
    scale = weight * float(np.sqrt(len(names) / max(len(names) - 1, 1)))
    errors = {name: scale * (left[1].get(name, 0.0) - right[1].get(name, 0.0)) for name in names}
    return _Stratum(left[0] - right[0], errors)


def _side(samples: Samples, mask: Flags) -> tuple[float, dict[str, float]] | None:
    """The value on a slice, and by cluster (or item) the error it brings; None where nothing is scored or it has no value."""
    units = collapse(samples, mask)
    if not units.n or not np.isfinite(units.values).all():
        return None
    weights = units.weights if samples.kind is Kind.RATIO else np.ones(units.n)
    if weights.sum() <= 0:
        return None
    value = float(units.values.sum() / weights.sum())
    errors: Floats = (units.values - value * weights) / weights.sum()
    rows = np.flatnonzero(mask & samples.present.any(axis=1)).tolist()
    names = samples.items if samples.clusters is None else samples.clusters
    found: dict[str, float] = {}
    for row, error in zip(rows, errors.tolist(), strict=True):
        found[names[row]] = found.get(names[row], 0.0) + error
    return value, found
