"""What statistics say of a run beside others, in figures alone; worked out once for the same runs in the same generations."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
from django.core.cache import caches
from numpy.typing import NDArray

from config.errors import NotComparable
from evaluations.models import Run, ScorerVersion
from evaluations.queries.mixes import EvenRow, MixGap, even_rows, unlike_mixes
from evaluations.queries.sides import Sides, sides_of
from evaluations.queries.vectors import CaseList, Slice
from evaluations.statistics import (
    Counts,
    EachDifference,
    Estimate,
    Ranking,
    Result,
    Rule,
    Samples,
    SliceDifference,
    Unit,
    against_any,
    against_each,
    against_every,
    against_rival,
    estimate,
    rank_intervals,
    same_items,
    where_do_we_lose_to_each,
)
from evaluations.statistics.wording import watched

METHOD = "comparison/1"
CONFIDENCE = 0.95
SLICE_N = 10
MOST_SLICES, MOST_SLICES_OF_MANY = 60, 30
RULE = Rule(confidence=CONFIDENCE)
SLICE_RULE = Rule(confidence=CONFIDENCE, min_n=SLICE_N)


@dataclass(frozen=True)
class Pair:
    """A beside one other on the cases both were given. missing: items without a score, of A and of the other."""

    result: Result
    missing: tuple[int, int]


@dataclass(frozen=True)
class Figures:
    """By letter of the others, without those that are unscored. apart: those that share no case with A.

    each: of those that may be compared; values: of those that are ranked, A among them; missing: of A on all its cases; every, any_: None
    for fewer than two; slices: a line for each of the others, worst for A first; same: whether A and the first are the same within what
    was asked. even, mixes: of a single other on all cases, as `Comparison` has them.
    """

    pairs: Mapping[str, Pair]
    unscored: Set[str]
    apart: Set[str]
    each: Mapping[str, EachDifference]
    ranking: Ranking
    values: Mapping[str, Estimate]
    missing: int
    every: Result | None
    any_: Result | None
    slices: Sequence[Mapping[str, SliceDifference]]
    left_out: int
    same: Result | None
    even: Sequence[EvenRow] = ()
    mixes: Sequence[MixGap] = ()


@dataclass(frozen=True, eq=False)
class Both:
    """A and another on the cases they share; apart: there are none."""

    ours: Samples
    theirs: Samples
    apart: bool = False


@dataclass(frozen=True)
class Beside:
    """A run whose numbers may stand beside A's. comparable: nothing differs but what is meant to, so that it counts with the others."""

    letter: str
    run: Run
    comparable: bool


@dataclass(frozen=True, eq=False)
class Asked:
    """scorers: by run id, for A and all the others. same: how far apart A and the first may lie and still count as the same."""

    run_a: Run
    others: Sequence[Beside]
    scorers: Mapping[int, ScorerVersion]
    part: Slice | None = None
    same: float | None = None

    @property
    def key(self) -> str:
        """All that the figures follow from: scores of a generation never change, nor do scorer versions and the cases of a run."""
        runs = [("A", self.run_a, True), *((one.letter, one.run, one.comparable) for one in self.others)]
        named = [(name, run.pk, run.generation, self.scorers[run.pk].pk, ok) for name, run, ok in runs]
        return sha256(f"{METHOD} {named} {self.part} {self.same}".encode()).hexdigest()


def figures_of(asked: Asked) -> Figures:
    """No query for what this process has worked out before; else two, one more for each further dataset version.

    Raises NotComparable when the first run has no scores.
    """
    cache = caches["comparisons"]
    found: Figures | None = cache.get(asked.key)
    if found is None:
        found = _worked_out(asked)
        # Scores that are yet to come are those of the same generation.
        if not found.unscored:
            cache.set(asked.key, found)
    return found


def _worked_out(asked: Asked) -> Figures:
    run_a, scorers = asked.run_a, asked.scorers
    runs = [run_a, *(one.run for one in asked.others)]
    sides = sides_of(runs, {run.pk: scorers[run.pk] for run in runs})
    if not sides.has(run_a):
        raise NotComparable(
            f"Run {run_a.pk} has no scores by {scorers[run_a.pk]} yet.", fields={"run": run_a.pk}
        )
    unscored = {one.letter for one in asked.others if not sides.has(one.run)}
    both = {one.letter: _shared(asked, sides, one.run) for one in asked.others if one.letter not in unscored}
    found = _figures(asked, both, (sides.samples(run_a), sides.cases[run_a.pk]))
    return replace(_with_mixes(asked, found, sides), unscored=unscored)


def _with_mixes(asked: Asked, found: Figures, sides: Sides) -> Figures:
    """Nothing for runs that were looked at on the way: these ranges do not hold however often one looks."""
    if len(asked.others) != 1 or asked.part is not None:
        return found
    run_a, only = asked.run_a, asked.others[0]
    pair = found.pairs.get(only.letter)
    if pair is None or watched(pair.result):
        return found
    own_a, own_b = ((sides.cases[run.pk], sides.samples(run)) for run in (run_a, only.run))
    unit = unit_of(run_a, asked.scorers[run_a.pk])
    even = even_rows(*sides.shared(run_a, only.run), unit)
    return replace(found, even=even, mixes=unlike_mixes(own_a, own_b, unit))


def _shared(asked: Asked, sides: Sides, run: Run) -> Both:
    """A and the other on the cases they share, within the slice."""
    cases, ours, theirs = sides.shared(asked.run_a, run)
    if asked.part is None or not ours.items:
        return Both(ours, theirs, not ours.items)
    mask = cases.mask(asked.part)
    return Both(ours.select(mask), theirs.select(mask))


def _figures(asked: Asked, both: Mapping[str, Both], whole: tuple[Samples, CaseList]) -> Figures:
    ours, cases = whole
    if asked.part is not None:
        ours = ours.select(cases.mask(asked.part))
    scorer = asked.scorers[asked.run_a.pk]
    beside = {letter: one.theirs for letter, one in both.items() if not one.apart}
    counted = {
        one.letter: beside[one.letter] for one in asked.others if one.comparable and one.letter in beside
    }
    compared = list(counted.values())
    # Without runs that stopped early, which would take cases away from all the others.
    ranked = {letter: one for letter, one in ({"A": ours} | counted).items() if one.wanted.all()}
    ranking = rank_intervals(ranked, sure=True)
    slices, left_out = ([], 0) if asked.part is not None else _slices(cases, ours, beside, len(asked.others))
    return Figures(
        pairs={letter: pair_of(one.ours, one.theirs, scorer) for letter, one in both.items()},
        unscored=frozenset(),
        apart={letter for letter, one in both.items() if one.apart},
        each=dict(zip(counted, against_each(ours, compared, RULE), strict=True)),
        ranking=ranking,
        values=_values(ranked, ranking),
        missing=ours.missing,
        every=against_every(ours, compared, RULE) if len(compared) > 1 else None,
        any_=against_any(ours, compared, RULE) if len(compared) > 1 else None,
        slices=slices,
        left_out=left_out,
        same=_same(asked, both),
    )


def _same(asked: Asked, both: Mapping[str, Both]) -> Result | None:
    first = both.get(asked.others[0].letter) if asked.others else None
    if asked.same is None or first is None:
        return None
    return against_rival(first.ours, first.theirs, Rule(confidence=CONFIDENCE, equivalence=asked.same))


def _values(runs: Mapping[str, Samples], ranking: Ranking) -> dict[str, Estimate]:
    """Each one's value on the cases that all that are ranked scored."""
    names = [standing.name for standing in ranking.standings]
    common = same_items([runs[name] for name in names]) if names else []
    return {name: estimate(samples) for name, samples in zip(names, common, strict=True)}


def _slices(
    cases: CaseList, ours: Samples, beside: Mapping[str, Samples], others: int
) -> tuple[list[dict[str, SliceDifference]], int]:
    """The largest slices, and how many smaller ones are left out. others: all that were asked for."""
    most = MOST_SLICES if others == 1 else MOST_SLICES_OF_MANY
    masks = cases.slices
    largest = sorted(masks, key=lambda part: -int(masks[part].sum()))[:most]
    named = {f"{name}={value}": masks[name, value] for name, value in largest}
    rows = where_do_we_lose_to_each(ours, list(beside.values()), named, SLICE_RULE)
    return [dict(zip(beside, lines, strict=True)) for lines in rows if lines], len(masks) - len(largest)


def pair_of(ours: Samples, theirs: Samples, scorer: ScorerVersion) -> Pair:
    """Loaded samples on the cases both share. No query."""
    result = against_rival(ours, theirs, RULE)
    result = replace(result, counts=result.counts or _passes(ours, theirs, scorer))
    return Pair(result, (ours.missing, theirs.missing))


def _passes(ours: Samples, theirs: Samples, scorer: ScorerVersion) -> Counts | None:
    """The four counts of a graded score by its pass mark, on the items both have; None where a mark says nothing."""
    if scorer.value_kind != ScorerVersion.ValueKind.BOUNDED:
        return None
    shared = ours.present.any(axis=1) & theirs.present.any(axis=1)
    a, b = (_passed(side, scorer)[shared] for side in (ours, theirs))
    return Counts(int((a & b).sum()), int((a & ~b).sum()), int((~a & b).sum()), int((~a & ~b).sum()))


def _passed(samples: Samples, scorer: ScorerVersion) -> NDArray[np.bool_]:
    """Items whose mean over the tries reaches the mark."""
    tries = np.where(samples.present, samples.numerators / samples.denominators, 0.0)
    means = tries.sum(axis=1) / np.maximum(samples.present.sum(axis=1), 1)
    if scorer.direction == ScorerVersion.Direction.LOWER:
        return np.asarray(means <= scorer.pass_mark)
    return np.asarray(means >= scorer.pass_mark)


def unit_of(run: Run, scorer: ScorerVersion) -> Unit:
    text = {"rate": "", "number": "", "currency": run.currency}.get(scorer.unit, scorer.unit)
    return Unit(rate=scorer.unit == "rate", text=text, widest=scorer.widest)
