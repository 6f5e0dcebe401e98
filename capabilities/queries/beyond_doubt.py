"""Who is ahead beyond doubt: every comparison a page shows, corrected together. No query."""

from collections.abc import Sequence
from typing import Literal

from scipy import special

from capabilities.models import VerdictLine
from evaluations.statistics import holm
from evaluations.statistics.quantiles import SLACK, two_sided_normal

SideOf = Literal["ahead", "behind", ""]
DECIDING = {"", "straddles"}
DECIDED = {"met", "not_met"}


def sides(lines: Sequence[VerdictLine]) -> list[SideOf]:
    """For each comparison (its verdict loaded) whether ours is ahead or behind after Holm over all of them; empty: not distinguishable."""
    adjusted = holm([_p(line) for line in lines]) if lines else []
    return [_side(line, p) for line, p in zip(lines, adjusted, strict=True)]


def _side(line: VerdictLine, p: float) -> SideOf:
    if line.point is None or line.low is None or line.high is None or p > 1 - line.verdict.confidence + SLACK:
        return ""
    if line.low <= 0 <= line.high:
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
