"""Whether a difference is one of the models or of the mix: every slice counted the same, and both sides on one mix. No query."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluations.queries.vectors import CaseList
from evaluations.statistics import (
    Estimate,
    Flags,
    OneMix,
    Part,
    Samples,
    Unit,
    on_one_mix,
    point_alone,
    possible,
)
from evaluations.statistics.wording import gap, signed_span

LEAST = 10
MOST_NAMES = 3
MOST_VALUES = 20
UNLIKE = 0.01


@dataclass(frozen=True)
class EvenRow:
    """A − B with every value of a slice counted the same, on the pairs both scored. parts: values counted, of all there are."""

    name: str
    difference: Estimate
    parts: int
    of: int

    @property
    def label(self) -> str:
        left_out = f" ({self.parts} of {self.of})" if self.parts < self.of else ""
        return f"every {self.name} the same{left_out}"


@dataclass(frozen=True)
class MixGap:
    """Runs whose own cases are mixed unlike. plain: A − B, each on all its own cases; difference: on one mix of the slices both have."""

    name: str
    plain: float
    difference: Estimate
    turned: bool
    sentence: str


def even_rows(cases: CaseList, ours: Samples, theirs: Samples, unit: Unit) -> list[EvenRow]:
    """For the slices that most cases have, at most three. ours, theirs: on the same cases."""
    both = ours.present.any(axis=1) & theirs.present.any(axis=1)
    found = []
    for name, values in _named(cases):
        masks = [mask & both for _, mask in values]
        enough = [Part(mask, mask, 1.0) for mask in masks if mask.sum() >= LEAST]
        if len(enough) > 1 and (mixed := on_one_mix(ours, theirs, enough)) is not None:
            found.append(EvenRow(name, _shown(mixed, unit), len(enough), len(masks)))
    return found


def unlike_mixes(a: tuple[CaseList, Samples], b: tuple[CaseList, Samples], unit: Unit) -> list[MixGap]:
    """The slices whose shares among the scored cases differ between two runs, each on all its own cases."""
    (in_a, ours), (in_b, theirs) = a, b
    plain = _gap(ours, theirs)
    others = dict(_named(in_b))
    found = []
    for name, values in _named(in_a):
        parts = _parts(values, dict(others.get(name, ())), ours, theirs)
        if plain is None or len(parts) < 2 or not _unlike(parts):
            continue
        mixed = on_one_mix(ours, theirs, parts)
        if mixed is not None:
            found.append(_mix_gap(name, plain, mixed, unit, higher=ours.higher_is_better))
    return found


def turned_words(name: str, plain: float | None, row: EvenRow, *, higher: bool) -> str:
    """What to think where a lead over all cases is none when every slice counts the same; else empty."""
    point = row.difference.point
    if not plain or not point or plain * point > 0:
        return ""
    ahead = (plain > 0) is higher
    return (
        f"{'Ahead' if ahead else 'Behind'} over all cases, but {'behind' if ahead else 'ahead'} when every {name} counts the same: "
        f"it rests on the larger ones."
    )


def _named(cases: CaseList) -> list[tuple[str, list[tuple[str, Flags]]]]:
    """Names of slices with two to twenty values, those that most cases have first."""
    grouped: dict[str, list[tuple[str, Flags]]] = {}
    for (name, value), mask in cases.slices.items():
        grouped.setdefault(name, []).append((value, mask))
    usable = [(name, values) for name, values in grouped.items() if 2 <= len(values) <= MOST_VALUES]
    return sorted(usable, key=lambda one: -sum(int(mask.sum()) for _, mask in one[1]))[:MOST_NAMES]


def _parts(
    values: Sequence[tuple[str, Flags]], others: dict[str, Flags], ours: Samples, theirs: Samples
) -> list[Part]:
    """The slices both have enough scored cases of, weighed by their pooled cases."""
    scored = ours.present.any(axis=1), theirs.present.any(axis=1)
    found = []
    for value, mask in values:
        if value in others:
            left, right = mask & scored[0], others[value] & scored[1]
            if min(left.sum(), right.sum()) >= LEAST:
                found.append(Part(left, right, float(left.sum() + right.sum())))
    return found


def _unlike(parts: Sequence[Part]) -> bool:
    left, right = (np.array(counts, dtype=np.float64) for counts in zip(*map(_sizes, parts), strict=True))
    return bool(np.abs(left / left.sum() - right / right.sum()).max() > UNLIKE)


def _sizes(part: Part) -> tuple[int, int]:
    return int(part.ours.sum()), int(part.theirs.sum())


def _gap(ours: Samples, theirs: Samples) -> float | None:
    left, right = point_alone(ours), point_alone(theirs)
    return None if left is None or right is None else left - right


def _shown(mixed: OneMix, unit: Unit) -> Estimate:
    found = mixed.difference
    return replace(found, interval=found.interval and possible(found.interval, unit))


def _mix_gap(name: str, plain: float, mixed: OneMix, unit: Unit, *, higher: bool) -> MixGap:
    found = _shown(mixed, unit)
    point = found.point or 0.0
    turned = plain * point < 0
    places = 1 if unit.rate else 3
    within = f" ({signed_span(found.interval, unit, places)})" if found.interval else ""
    seen = f"{gap(plain, unit, places)}; on one mix of {name} it is {gap(point, unit, places)}{within}"
    told = f"Each on all its own cases A − B is {seen}."
    if turned:
        ahead = (plain > 0) is higher
        everywhere = all(one * point > 0 for one in mixed.by_part)
        where = f"in every {name}" if everywhere else f"on one mix of {name}"
        words = ("Ahead", "behind") if ahead else ("Behind", "ahead")
        told = f"{words[0]} overall, but {words[1]} {where}: the mix differs. {told}"
    return MixGap(name, plain, found, turned, told)
