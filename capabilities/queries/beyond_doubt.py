"""Who is ahead beyond doubt: every comparison a page shows, corrected together. No query."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy import special

from capabilities.models import VerdictLine
from evaluations.statistics import holm
from evaluations.statistics.quantiles import SLACK, two_sided_normal

SideOf = Literal["ahead", "behind", ""]
DECIDING = {"", "straddles"}
DECIDED = {"met", "not_met"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A comparison before the correction. p: of no difference at all; side: what it says where p is at most `most` after it."""

    p: float
    most: float
    side: SideOf


def sides(lines: Sequence[VerdictLine]) -> list[SideOf]:
    """For each comparison (its verdict loaded) whether ours is ahead or behind after Holm over all of them; empty: not distinguishable."""
    return standing([difference_of(line) for line in lines])


def standing(differences: Sequence[Difference]) -> list[SideOf]:
    """The same of what was read of comparisons."""
    adjusted = holm([one.p for one in differences]) if differences else []
    return [one.side if p <= one.most else "" for one, p in zip(differences, adjusted, strict=True)]


def difference_of(line: VerdictLine) -> Difference:
    """What a comparison says by itself (its verdict loaded)."""
    return Difference(_p(line), 1 - line.verdict.confidence + SLACK, _side(line))


def _side(line: VerdictLine) -> SideOf:
    if line.point is None or line.low is None or line.high is None or line.low <= 0 <= line.high:
        return ""
    # Without a margin the stored outcome has read what is missing in every way; it must agree.
    if not line.detail.get("target") and line.outcome not in DECIDED:
        return ""
    higher = line.verdict.detail.get("higher_is_better", True)
    return "ahead" if (line.point > 0) is higher else "behind"


def _p(line: VerdictLine) -> float:
    """Of no difference at all; where the stored one speaks of a margin, from the width of the range."""
    if line.point is None or (line.detail.get("reason") or "") not in DECIDING:
        return 1.0
    if line.detail.get("p") is not None and not line.detail.get("target"):
        return float(line.detail["p"])
    if line.low is None or line.high is None or line.high <= line.low:
        return 1.0
    error = (line.high - line.low) / 2 / two_sided_normal(line.verdict.confidence)
    return float(2 * special.ndtr(-abs(line.point) / error))
