"""Two runs by a judge's opinions, corrected by what people said of answers on both sides: the paired form of `opinions`.

By item d_f = f_ours − f_theirs is the difference of opinions and d_Y = Y_ours − Y_theirs that of people's words (Angelopoulos et al. 2023
with d in the place of the score). Two ways, chosen by counts alone:

* paired, where most labels meet: θ = mean d_f over items not used for correction + mean (d_Y − d_f) over items labelled on both sides;
* by sides, where they do not: θ = mean d_f over all common items + mean (Y − f)_ours − mean (Y − f)_theirs, each over the items labelled
  there; the errors of the parts add in squares, and sources that several parts rest on are reckoned with.

Labels are those of the two runs alone: a judge may favour one of them, and labels of other runs would not show it.
"""

from dataclasses import dataclass, replace

import numpy as np

from evaluations.statistics.opinions import (
    LEAST_IN_PART,
    Corrections,
    averaged,
    difference_part,
    heard,
    only,
    part_of,
    scored,
    without,
)
from evaluations.statistics.pairs import Pairing, align, pair
from evaluations.statistics.results import Reason
from evaluations.statistics.samples import Flags, Kind, Samples
from evaluations.statistics.sums import Part, Sum

METHOD = "prediction-powered-pair/1"


@dataclass(frozen=True, eq=False)
class Opinions:
    """A judge's opinions on a run, and what people said of answers of this very run."""

    samples: Samples
    corrections: Corrections


def corrected_pair(ours: Opinions, theirs: Opinions) -> Pairing:
    """Ours minus theirs as people would tell it, on the items both were given; reason few_labels where too few are labelled.

    Where as many items are labelled on both sides as are not, people's words alone decide.
    """
    left, right = align(ours.samples, theirs.samples)
    whole = pair(left, right)
    shared = frozenset(left.items)
    mine, other = ours.corrections.on(shared), theirs.corrections.on(shared)
    both = mine.items & other.items
    fewer = min(len(mine.items), len(other.items))
    if len(both) >= LEAST_IN_PART and 2 * len(both) >= fewer:
        mine, other = mine.on(both), other.on(both)
        rest = without(left, both), without(right, both)
        if len(rest[0].items) <= len(both):
            return _people_alone(whole, mine, other, *rest)
        return _corrected(whole, rest, [_rectifier(mine, other)], mine, other)
    if fewer < LEAST_IN_PART:
        return barred(whole)
    parts = [mine.part(), other.part()]
    return _corrected(whole, (left, right), [parts[0], parts[1] and parts[1].turned()], mine, other)


def barred(whole: Pairing) -> Pairing:
    """Nothing is told by opinions that nobody corrects, not even a number."""
    return replace(
        whole,
        scored=None,
        worst=None,
        best=None,
        rare=None,
        counts=None,
        points=(None, None),
        p=None,
        reason=Reason.FEW_LABELS,
    )


def _corrected(
    whole: Pairing,
    sides: tuple[Samples, Samples],
    rectifiers: list[Part | None],
    mine: Corrections,
    other: Corrections,
) -> Pairing:
    """Each reading of what is missing, with the corrections added."""
    plain, opinions = pair(*sides), difference_part(*sides)
    corrections = [part for part in rectifiers if part is not None]
    if opinions is None or plain.scored is None or len(corrections) < len(rectifiers):
        return replace(barred(whole), reason=plain.reason or Reason.SMALL_N)

    def added(part: Part) -> Sum:
        return Sum([part, *corrections], METHOD, (-whole.width, whole.width))

    worst, best = (
        added(part_of(reading or plain.scored, None if reading else plain.rare, opinions.pulls))
        for reading in (plain.worst, plain.best)
    )
    total = added(opinions)
    return replace(
        whole,
        scored=total,
        worst=worst,
        best=best,
        rare=None,
        counts=None,
        points=_points(plain, mine, other),
        p=total.p_value(0.0),
        labels=min(len(mine.items), len(other.items)),
    )


def _points(plain: Pairing, mine: Corrections, other: Corrections) -> tuple[float | None, float | None]:
    """Each side's own value as people would tell it."""
    ours, theirs = plain.points
    left, right = mine.part(), other.part()
    return (
        None if ours is None or left is None else ours + left.point,
        None if theirs is None or right is None else theirs + right.point,
    )


def _rectifier(mine: Corrections, other: Corrections) -> Part | None:
    """The mean of d_Y − d_f over the items of both."""
    _, matched = align(mine.people, other.people)
    _, judged = align(mine.judge, other.judge)
    return difference_part(_minus(mine.people, matched), _minus(mine.judge, judged))


def _minus(ours: Samples, theirs: Samples) -> Samples:
    """Differences by item as scores of their own, each side's answers to an item averaged first."""
    values = averaged(ours).numerators - averaged(theirs).numerators
    width = ours.bounds[1] - ours.bounds[0]
    return replace(
        ours,
        numerators=values,
        denominators=np.ones_like(values),
        kind=Kind.BOUNDED,
        bounds=(-width, width),
    )


def _people_alone(
    whole: Pairing, mine: Corrections, other: Corrections, left: Samples, right: Samples
) -> Pairing:
    """People's words on both sides, and beside them the items that either side is missing."""
    gone: Flags = ~np.logical_and(scored(left), scored(right))
    missing = frozenset(np.array(left.items)[gone].tolist())
    silent = [_silenced(only(side, missing)) for side in (left, right)]
    found = pair(*_alike(heard(mine.people, silent[0]), heard(other.people, silent[1])))
    return replace(found, n=whole.n, total=whole.total, repeats=whole.repeats, labels=len(mine.items))


def _silenced(samples: Samples) -> Samples:
    return replace(samples, numerators=np.full_like(samples.numerators, np.nan))


def _alike(ours: Samples, theirs: Samples) -> tuple[Samples, Samples]:
    """Two people who differ make a mean of right and wrong: then neither side is right or wrong any more."""
    if ours.kind is theirs.kind:
        return ours, theirs
    return replace(ours, kind=Kind.BOUNDED), replace(theirs, kind=Kind.BOUNDED)
