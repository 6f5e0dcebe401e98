"""Where do we lose? Paired differences by slice, corrected for many comparisons."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluations.statistics.multiplicity import benjamini_hochberg
from evaluations.statistics.pairs import align
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Result
from evaluations.statistics.rivals import against_rival
from evaluations.statistics.samples import Flags, Rule, Samples

FALSE_SHARE = 0.10


@dataclass(frozen=True)
class SliceDifference:
    """adjusted_p: after Benjamini–Hochberg over the slices large enough to be tested, else None.

    supported: it stays below the allowed share of false finds; the sign of result.point says who leads.
    """

    name: str
    result: Result
    adjusted_p: float | None
    supported: bool


def where_do_we_lose(
    ours: Samples,
    theirs: Samples,
    slices: Mapping[str, Flags],
    rule: Rule,
    false_share: float = FALSE_SHARE,
) -> list[SliceDifference]:
    """One line per slice, worst for ours first; slices: name → mask over the items of ours.

    A slice below rule.min_n, or whose result may not be decided (errors, one cluster), is shown but
    not tested.
    """
    results = {name: _slice_result(ours, theirs, mask, rule) for name, mask in slices.items()}
    tested = [name for name, result in results.items() if _testable(result)]
    corrected = benjamini_hochberg([results[name].p or 0.0 for name in tested])
    adjusted = dict(zip(tested, corrected, strict=True))
    lines = [
        SliceDifference(name, result, adjusted.get(name), adjusted.get(name, 1.0) <= false_share + SLACK)
        for name, result in results.items()
    ]
    sign = 1 if ours.higher_is_better else -1
    return sorted(lines, key=lambda line: np.inf if line.result.point is None else sign * line.result.point)


def _slice_result(ours: Samples, theirs: Samples, mask: Flags, rule: Rule) -> Result:
    return against_rival(*align(ours.select(mask), theirs), rule)


def _testable(result: Result) -> bool:
    return result.p is not None and result.reason in ("", "straddles")
