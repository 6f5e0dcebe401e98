"""What a method is given: the scores of one run by one scorer, and the rule that judges them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from evaluations.statistics.arrays import Flags as Flags
from evaluations.statistics.arrays import Floats as Floats
from evaluations.statistics.labelled import Labelled


class Kind(StrEnum):
    BINARY = "binary"
    BOUNDED = "bounded"
    RATIO = "ratio"
    UNBOUNDED = "unbounded"
    SET = "set"


class Reach(StrEnum):
    """How far a claim reaches: to items like these, or only to the items that were run."""

    IN_GENERAL = "in general"
    THESE_ITEMS = "these items"


@dataclass(frozen=True, eq=False)
class Samples:
    """One run, one scorer; a row is an item, a column a repeat.

    items: stable case keys, unique. numerators, denominators: float64 of shape (items, repeats);
    NaN in numerators = missing (infrastructure error or never run); denominators are 1.0 for plain
    scores. clusters: one name per item, None = each item is its own. bounds: range of the scores,
    for a ratio the range a missing item is taken from. Latencies that timed out are +inf.
    labelled: for the kind set, what its figure is read from; the numerators then say right (the better of 0 and 1) or wrong.
    asked: of a run that stopped once it was settled, which items it asked; the others are not missing. None: every item.
    looks: how often it could have stopped; above 0 its ranges hold however often one looks.
    Raises ValueError when shapes, keys or values contradict that.
    """

    items: tuple[str, ...]
    numerators: Floats
    denominators: Floats
    clusters: tuple[str, ...] | None
    kind: Kind
    bounds: tuple[float, float] = (0.0, 1.0)
    higher_is_better: bool = True
    labelled: Labelled | None = None
    asked: Flags | None = None
    looks: int = 0

    def __post_init__(self) -> None:
        if self.numerators.ndim != 2 or self.numerators.shape[0] != len(self.items):
            raise ValueError("numerators need one row per item and one column per repeat")
        if self.denominators.shape != self.numerators.shape:
            raise ValueError("denominators need the shape of numerators")
        if self.clusters is not None and len(self.clusters) != len(self.items):
            raise ValueError("clusters need one name per item")
        if self.asked is not None and self.asked.shape != (len(self.items),):
            raise ValueError("asked needs one mark per item")
        if not _distinct(self.items):
            raise ValueError("item keys must be unique")
        if not self.bounds[0] < self.bounds[1]:
            raise ValueError("the lower bound must lie below the upper bound")
        self._check_values()

    def _check_values(self) -> None:
        scored = self.numerators[self.present]
        if self.kind is Kind.SET and self.labelled is None:
            raise ValueError("a figure over all samples needs their labels")
        if self.kind in (Kind.BINARY, Kind.SET) and not np.isin(scored, (0.0, 1.0)).all():
            raise ValueError("binary scores are 0 or 1")
        low, high = self.bounds[0] - 1e-9, self.bounds[1] + 1e-9
        if self.kind is Kind.BOUNDED and not ((scored >= low) & (scored <= high)).all():
            raise ValueError(f"scores must lie in {self.bounds[0]:g} to {self.bounds[1]:g}")
        if self.kind is Kind.RATIO and not (self.denominators[self.present] >= 0).all():
            raise ValueError("denominators of a ratio must be zero or more")

    @property
    def present(self) -> Flags:
        """True where a score exists, shape (items, repeats)."""
        return ~np.isnan(self.numerators)

    @property
    def wanted(self) -> Flags:
        """True for the items that were asked, shape (items,)."""
        return np.ones(len(self.items), dtype=np.bool_) if self.asked is None else self.asked

    @property
    def missing(self) -> int:
        """Items that were asked and have no score at all."""
        return int((self.wanted & ~self.present.any(axis=1)).sum())

    @property
    def repeats(self) -> int:
        return int(self.numerators.shape[1])

    def select(self, keep: Flags | NDArray[np.intp] | Sequence[int]) -> Self:
        """The items of a slice: a mask over items, or positions in the wanted order."""
        rows = np.asarray(keep)
        positions = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.intp)
        picked = positions.tolist()
        return replace(
            self,
            items=tuple([self.items[row] for row in picked]),
            numerators=self.numerators[positions],
            denominators=self.denominators[positions],
            clusters=None if self.clusters is None else tuple([self.clusters[row] for row in picked]),
            labelled=None if self.labelled is None else self.labelled.select(positions),
            asked=None if self.asked is None else self.asked[positions],
        )


# Runs of one column share the tuple of their keys, and so do readings of a run: it is looked at once.
_LOOKED_AT: deque[tuple[str, ...]] = deque(maxlen=4)


def _distinct(items: tuple[str, ...]) -> bool:
    if any(items is known for known in _LOOKED_AT.copy()):
        return True
    if len(set(items)) != len(items):
        return False
    _LOOKED_AT.append(items)
    return True


def plain(
    scores: Sequence[float] | Sequence[Sequence[float]] | Floats,
    *,
    kind: Kind = Kind.BINARY,
    clusters: Sequence[str] | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
    higher_is_better: bool = True,
) -> Samples:
    """Samples of plain scores whose items are named by position; one row per item, NaN = missing."""
    values = np.asarray(scores, dtype=np.float64)
    numerators = values.reshape(-1, 1) if values.ndim == 1 else values
    return Samples(
        items=tuple([str(row) for row in range(len(numerators))]),
        numerators=numerators,
        denominators=np.ones_like(numerators),
        clusters=None if clusters is None else tuple(clusters),
        kind=kind,
        bounds=bounds,
        higher_is_better=higher_is_better,
    )


@dataclass(frozen=True)
class Rule:
    """How a claim is judged, as its criterion states it.

    confidence: two-sided level of the interval that is shown and decides. min_n: items.
    threshold, margin, tolerance, equivalence: in the scorer's unit (a rate is a fraction);
    margin < 0 is "no more than … worse"; equivalence, when given, asks for practical equality within
    plus or minus that much. max_missing_share: fraction of tries.
    """

    confidence: float = 0.95
    min_n: int = 0
    min_repeats: int = 1
    max_missing_share: float = 0.05
    margin: float = 0.0
    tolerance: float = 0.0
    threshold: float | None = None
    reach: Reach = Reach.IN_GENERAL
    equivalence: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.confidence < 1.0:
            raise ValueError("confidence lies strictly between 0 and 1")
        if self.tolerance < 0 or (self.equivalence is not None and self.equivalence <= 0):
            raise ValueError("tolerance is zero or more, equivalence above zero")

    @property
    def alpha(self) -> float:
        return 1.0 - self.confidence
