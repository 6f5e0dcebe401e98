"""Where do we lose? Paired differences by slice, corrected for many comparisons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluations.statistics.multiplicity import benjamini_hochberg
from evaluations.statistics.pairs import Pairing, align, pair
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Result
from evaluations.statistics.rivals import judge_pair
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
    return [lines[0] for lines in where_do_we_lose_to_each(ours, [theirs], slices, rule, false_share)]


def where_do_we_lose_to_each(
    ours: Samples,
    theirs: Sequence[Samples],
    slices: Mapping[str, Flags],
    rule: Rule,
    false_share: float = FALSE_SHARE,
) -> list[tuple[SliceDifference, ...]]:
    """For each slice one line per rival, in their order; the slice with the worst line for ours first.

    Corrected once, over every slice with every rival: the allowed share of false finds holds for the whole table. A find stands
    however its missing items are read.
    """
    names = [(name, place) for name in slices for place in range(len(theirs))]
    pairings = {(name, place): _slice_pair(ours, theirs[place], slices[name]) for name, place in names}
    results = {key: judge_pair(pairing, rule) for key, pairing in pairings.items()}
    tested = [key for key in names if _testable(results[key])]
    corrected = benjamini_hochberg([_p(pairings[key], results[key]) for key in tested])
    adjusted = dict(zip(tested, corrected, strict=True))
    lines = {
        key: SliceDifference(key[0], result, adjusted.get(key), adjusted.get(key, 1.0) <= false_share + SLACK)
        for key, result in results.items()
    }
    rows = [tuple([lines[name, place] for place in range(len(theirs))]) for name in slices]
    sign = 1 if ours.higher_is_better else -1
    return sorted(rows, key=lambda row: min((_gain(line, sign) for line in row), default=np.inf))


def _gain(line: SliceDifference, sign: int) -> float:
    return np.inf if line.result.point is None else sign * line.result.point


def _slice_pair(ours: Samples, theirs: Samples, mask: Flags) -> Pairing:
    if ours.items == theirs.items:
        return pair(ours.select(mask), theirs.select(mask))
    return pair(*align(ours.select(mask), theirs))


def _p(pairing: Pairing, result: Result) -> float:
    """The largest of all readings; 1 where they do not agree on who leads."""
    others = [*pairing.readings[1:], *([pairing.rare] if pairing.rare else [])]
    point = result.point or 0.0
    if any(one is None or one.point * point < 0 for one in others):
        return 1.0
    return max([result.p or 0.0, *(one.p_value(0.0) for one in others if one is not None)])


def _testable(result: Result) -> bool:
    return result.p is not None and result.reason in ("", "straddles")
