"""The same paired difference at a higher confidence, from what was stored of it: for claims that stand beside many others."""

from evaluations.statistics.differences import ConstantDifference
from evaluations.statistics.quantiles import two_sided_student
from evaluations.statistics.results import Counts, Interval
from evaluations.statistics.tango import tango


def shared_confidence(claims: int, confidence: float = 0.95) -> float:
    """What each of so many intervals must have for all of them to hold together (Bonferroni)."""
    return 1 - (1 - confidence) / max(claims, 1)


def widened(
    interval: Interval,
    method: str,
    confidence: float,
    *,
    clusters: int,
    counts: Counts | None = None,
) -> Interval | None:
    """The interval of a stored difference at this confidence; None where the stored values do not give it.

    Tango's from its four counts, paired t by its quantiles with clusters − 1 degrees of freedom, a constant difference of rates from its
    middle. The interval itself when it is as confident already.
    """
    if interval.confidence >= confidence:
        return interval
    name = method.split("/")[0]
    if name == "tango" and counts is not None:
        n = counts.both + counts.only_a + counts.only_b + counts.neither
        return tango(counts.only_a, counts.only_b, n, confidence) if n else None
    if name == "paired-t" and clusters > 1:
        stretch = two_sided_student(confidence, clusters - 1) / two_sided_student(
            interval.confidence, clusters - 1
        )
        middle, half = (interval.low + interval.high) / 2, (interval.high - interval.low) / 2
        return Interval(middle - half * stretch, middle + half * stretch, confidence)
    if name == "paired-constant" and clusters:
        return _constant(interval, confidence, clusters)
    return None


def _constant(interval: Interval, confidence: float, clusters: int) -> Interval:
    """Of a difference of rates: its middle is the difference times 1 − u."""
    half = ConstantDifference(0.0, clusters).interval(interval.confidence).high
    point = (interval.low + interval.high) / 2 / (1 - half)
    return ConstantDifference(point, clusters).interval(confidence)
