"""Overall figures on one mix of slices, so that unlike mixes do not reverse who is ahead (Simpson)."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SliceCounts:
    """Passes of both sides in one slice."""

    ours: int
    ours_n: int
    theirs: int
    theirs_n: int


@dataclass(frozen=True)
class Standardised:
    """Rates as fractions: as they come, and with every slice weighed by its pooled share."""

    ours_overall: float
    theirs_overall: float
    ours: float
    theirs: float


def standardise(slices: Mapping[str, SliceCounts]) -> Standardised | None:
    """Direct standardisation with pooled slice weights; None when a side has no item in some slice."""
    counts = list(slices.values())
    if not counts or any(one.ours_n == 0 or one.theirs_n == 0 for one in counts):
        return None
    pooled = sum(one.ours_n + one.theirs_n for one in counts)
    shares = [(one.ours_n + one.theirs_n) / pooled for one in counts]
    return Standardised(
        ours_overall=sum(one.ours for one in counts) / sum(one.ours_n for one in counts),
        theirs_overall=sum(one.theirs for one in counts) / sum(one.theirs_n for one in counts),
        ours=sum(share * one.ours / one.ours_n for share, one in zip(shares, counts, strict=True)),
        theirs=sum(share * one.theirs / one.theirs_n for share, one in zip(shares, counts, strict=True)),
    )
