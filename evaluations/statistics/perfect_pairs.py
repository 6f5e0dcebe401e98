"""The difference of two figures that are both at their best: no resample tells them apart, so exact bounds on both take over."""

from dataclasses import dataclass

from evaluations.statistics.arrays import Codes
from evaluations.statistics.labelled import LabelledRows
from evaluations.statistics.perfect import perfect_interval
from evaluations.statistics.results import Interval

STEPS = 60


@dataclass(frozen=True, eq=False)
class PerfectDifference:
    """Ours minus theirs, both perfect: each end rests on one run's own bound alone, so neither tail is shared. It is a `Difference`."""

    ours: LabelledRows
    theirs: LabelledRows
    codes: tuple[Codes, Codes]
    point: float = 0.0
    method: str = "perfect-figures/1"
    se: float | None = None
    df: int | None = None

    def interval(self, confidence: float) -> Interval:
        mine = perfect_interval(self.ours, self.codes[0], confidence)
        other = perfect_interval(self.theirs, self.codes[1], confidence)
        assert mine is not None and other is not None
        return Interval(mine.low - other.high, mine.high - other.low, confidence)

    def p_value(self, limit: float) -> float:
        """1 minus the largest confidence at which the interval leaves the limit out."""
        low, high = 0.0, 1.0
        for _ in range(STEPS):
            middle = (low + high) / 2
            found = self.interval(1 - middle)
            excluded = limit < found.low or limit > found.high
            low, high = (low, middle) if excluded else (middle, high)
        return high


def perfect_difference(
    ours: LabelledRows, theirs: LabelledRows, codes: tuple[Codes, Codes]
) -> PerfectDifference | None:
    """None where one of them has something wrong in it. codes: the cluster of each try, by run."""
    both = [perfect_interval(rows, found, 0.95) for rows, found in zip((ours, theirs), codes, strict=True)]
    return None if None in both else PerfectDifference(ours, theirs, codes)
