"""How many units a method needs that only nears its promise as they grow: figures of `./plumbline bench calibration`.

There a verdict on a world that lies exactly on the border of the claim is a mistake, allowed in half of α, 2.5 %.
"""

from dataclasses import dataclass

from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.samples import Kind, Reach

# As far as was tried: rates of 0.95 and word errors of 0.02 are neared slowly, marks of 0.9 too; rates of 0.8 and errors of 0.1 sooner.
RATES_NEAR_THE_END, MARKS_NEAR_THE_END, RARE = 0.05, 0.1, 0.1


@dataclass(frozen=True)
class Neared:
    """enough: so many units called it better than it is in `then` of the trials (a fraction); `few` of them did in `found`."""

    method: str
    enough: int
    then: float
    few: int
    found: float


COSTS = Neared("t", 2_000, 0.0323, 200, 0.0665)
RATIO = Neared("ratio", 1_000, 0.0285, 100, 0.0428)
RARE_ERRORS = Neared("ratio", 5_000, 0.0255, 100, 0.0858)
MARKS = Neared("bounded-mean", 1_000, 0.0243, 50, 0.0367)
CLUSTERS = Neared("korn-graubard", 400, 0.0267, 30, 0.0530)
TRIES = Neared("korn-graubard", 400, 0.0245, 50, 0.0478)
CENSUS = Neared("census", 100, 0.0295, 20, 0.0425)
CENSUS_NEAR_THE_END = Neared("census", 400, 0.0293, 50, 0.0508)


def neared(
    kind: Kind,
    target: float,
    *,
    grouped: bool = False,
    repeated: bool = False,
    reach: Reach = Reach.IN_GENERAL,
) -> Neared | None:
    """What a claim against this target (in the scorer's unit, rates and marks rescaled to [0, 1]) would rest on.

    grouped: several cases of one cluster. repeated: several tries a case. None where the method holds for any number of units, was near in
    every world that was tried, or was not tried here.
    """
    if kind is Kind.SET:
        return None  # decides nothing below the number of cases from which it is near
    if kind in (Kind.BINARY, Kind.BOUNDED):
        to_the_end = min(target, 1 - target)
        return _of_rates(kind, to_the_end, grouped=grouped, repeated=repeated, reach=reach)
    if kind is Kind.RATIO:
        return RARE_ERRORS if target < RARE else RATIO
    return COSTS if kind is Kind.UNBOUNDED else None


def _of_rates(kind: Kind, to_the_end: float, *, grouped: bool, repeated: bool, reach: Reach) -> Neared | None:
    if reach is Reach.THESE_ITEMS:
        return CENSUS_NEAR_THE_END if to_the_end <= RATES_NEAR_THE_END + SLACK else CENSUS
    if kind is Kind.BOUNDED:
        return MARKS if to_the_end <= MARKS_NEAR_THE_END + SLACK else None
    if to_the_end > RATES_NEAR_THE_END + SLACK:
        return None
    if grouped:
        return CLUSTERS
    return TRIES if repeated else None
