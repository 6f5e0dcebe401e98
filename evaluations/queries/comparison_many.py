"""One run against several others, up to eight columns: each difference counted among all, the ranks, and where it is lost."""

import string
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from config.errors import NotComparable
from evaluations.models import Run, ScorerVersion, Side
from evaluations.queries.comparison import (
    OPINION,
    Comparison,
    as_comparison,
    as_shown,
    outcome_of,
    with_mixes,
    without_numbers,
)
from evaluations.queries.comparison_figures import Asked, Beside, Figures, Pair, figures_of, unit_of
from evaluations.queries.differences import Varies, differs
from evaluations.queries.reuse import shared_answers
from evaluations.queries.sides import loaded_runs, scorers_named
from evaluations.queries.vectors import Slice
from evaluations.statistics import (
    EachDifference,
    Estimate,
    Interval,
    Outcome,
    Ranking,
    Reason,
    Result,
    SliceDifference,
    Standing,
    Unit,
    possible,
    sentence,
    shown,
)
from evaluations.statistics.stop_sentences import beside

MOST_COLUMNS = 8
LETTERS = string.ascii_uppercase


@dataclass(frozen=True)
class Against:
    """A beside one other run: the comparison by itself, but supported only where it stands among all of them.

    adjusted_p, corrected: after Holm, and the range at α/N; None where nothing is tested. alone: it would stand by itself only.
    barred: there are no numbers, and its cases do not stand beside A's.
    """

    letter: str
    comparison: Comparison
    adjusted_p: float | None = None
    corrected: Interval | None = None
    alone: bool = False
    barred: bool = False

    @property
    def outcome(self) -> str:
        """In words, for pages, files and the API alike."""
        if self.barred:
            return "not comparable"
        if not self.comparison.ok:
            return "for display only"
        point = self.comparison.result.point
        if point is None:
            return "no data"
        if self.comparison.opinion:
            return OPINION
        return outcome_of(self.comparison.result, supported=self.comparison.supported)


@dataclass(frozen=True)
class Column:
    """A run among the others.

    value, place: on the cases that every ranked run scored; None for a run that is not ranked, and note says why.
    """

    letter: str
    run: Run
    value: Estimate | None
    place: Standing | None
    missing: int
    note: str = ""

    @property
    def best(self) -> bool:
        return self.place is not None and self.place.best_rank == 1


@dataclass(frozen=True)
class SliceRow:
    """A slice of the cases: a line for each run beside A, None for one without numbers."""

    name: str
    lines: Sequence[SliceDifference | None]


@dataclass(frozen=True)
class ManyComparison:
    """A − each other in the scorer's unit. every, any_: of the set of those that may be compared, None for fewer than two and for opinions.

    n: cases that every ranked run scored. slices_left_out: smaller ones that are not tested.
    within: whether A and the first are the same within what was asked, None where nobody asked.
    """

    run_a: Run
    scorer: ScorerVersion
    unit: Unit
    against: Sequence[Against]
    columns: Sequence[Column]
    n: int
    every: Result | None
    any_: Result | None
    slices: Sequence[SliceRow]
    slices_left_out: int = 0
    within: Result | None = None

    @property
    def first(self) -> Comparison:
        """A beside the first of the others, with its slices: the whole of a comparison of two."""
        lines = [row.lines[0] for row in self.slices]
        told = [line for line in lines if line is not None]
        return replace(self.against[0].comparison, slices=told, within=self.within)

    @property
    def all_match(self) -> bool:
        """Whether nothing differs but what is meant to."""
        return all(one.comparison.ok for one in self.against)

    def said(self, result: Result | None) -> str:
        """A claim about the whole set as a sentence; empty without one. Beside a version of ours it speaks of others, not of rivals."""
        if result is None:
            return ""
        told = sentence(result, self.unit)
        return told if self._rivals_only else told.replace("rival", "other")

    @property
    def _rivals_only(self) -> bool:
        return all(one.comparison.run_b.model_version.model.side == Side.COMPETITOR for one in self.against)


@dataclass(frozen=True)
class _Other:
    """A run beside A. told: what differs, as sentences; pair: None where numbers are barred."""

    letter: str
    run: Run
    told: Sequence[str]
    pair: Pair | None = None


def compare_many(
    runs: Sequence[Run],
    scorer: str,
    slice: Slice | None = None,
    varies: Varies = "model",
    same: float | None = None,
) -> ManyComparison:
    """Compare the first of some finished runs with each of the others by the scorer with this slug. Four queries, two once it is known.

    One more for each further dataset version. What cannot be compared keeps its column and says why. same: how far apart the first two may
    lie and still count as the same. Raises NotComparable when the first run lacks the scorer or its scores.
    """
    run_a, *rest = loaded_runs(runs)
    scorers = scorers_named([run_a, *rest], scorer)
    if run_a.pk not in scorers:
        raise NotComparable(
            f"{run_a.evaluation_version} does not use the scorer “{scorer}”.", fields={"scorer": scorer}
        )
    lettered = dict(zip(LETTERS[1:], rest, strict=False))
    problems = {letter: _problems(run_a, run, scorers, (letter, varies)) for letter, run in lettered.items()}
    usable = [
        Beside(letter, run, not problems[letter][0])
        for letter, run in lettered.items()
        if not problems[letter][1]
    ]
    figures = figures_of(Asked(run_a, usable, scorers, slice, same))
    by = scorers[run_a.pk]
    others = [_other(letter, run, problems[letter][0], figures, by) for letter, run in lettered.items()]
    return _made(run_a, by, others, figures, varies)


def _problems(
    run_a: Run, run: Run, scorers: Mapping[int, ScorerVersion], named: tuple[str, Varies]
) -> tuple[list[str], bool]:
    """What differs as sentences, and whether it bars all numbers."""
    letter, varies = named
    if run.pk not in scorers:
        return [f"{letter} was not scored by {scorers[run_a.pk].scorer.slug}."], True
    found = differs(run_a, run, (scorers[run_a.pk], scorers[run.pk]), varies, letter)
    return [one.sentence for one in found], any(one.blocks for one in found)


def _other(letter: str, run: Run, told: list[str], figures: Figures, scorer: ScorerVersion) -> _Other:
    if letter in figures.unscored:
        return _Other(letter, run, [*told, f"{letter} has no scores by {scorer.scorer.slug} yet."])
    if letter in figures.apart:
        return _Other(letter, run, [*told, f"A and {letter} share no case."])
    return _Other(letter, run, told, figures.pairs.get(letter))


def _made(
    run_a: Run, scorer: ScorerVersion, others: Sequence[_Other], figures: Figures, varies: Varies
) -> ManyComparison:
    against = [_against(run_a, other, scorer, figures.each.get(other.letter), varies) for other in others]
    if len(others) == 1 and others[0].pair:
        against = [replace(one, comparison=with_mixes(one.comparison, figures)) for one in against]
    unit, opinion = unit_of(run_a, scorer), scorer.is_opinion
    return ManyComparison(
        run_a=run_a,
        scorer=scorer,
        unit=unit,
        against=against,
        columns=_columns(run_a, others, figures),
        n=figures.ranking.n,
        every=None if opinion or figures.every is None else shown(figures.every, unit),
        any_=None if opinion or figures.any_ is None else shown(figures.any_, unit),
        slices=[_slice_row(others, lines, unit, opinion=opinion) for lines in figures.slices],
        slices_left_out=figures.left_out,
        within=figures.same,
    )


def _against(
    run_a: Run, other: _Other, scorer: ScorerVersion, each: EachDifference | None, varies: Varies
) -> Against:
    if other.pair is None:
        return Against(other.letter, without_numbers(run_a, other.run, scorer, other.told), barred=True)
    found = as_comparison(run_a, other.run, scorer, other.told, other.pair, varies)
    found = replace(found, shared_answers=shared_answers(run_a, other.run))
    if each is None:
        return Against(other.letter, found)
    if found.opinion:
        return Against(other.letter, found)
    alone = found.supported and not each.supported
    found = replace(found, supported=each.supported)
    if alone:
        open_result = replace(found.result, outcome=Outcome.INCONCLUSIVE, reason=Reason.STRADDLES)
        found = replace(found, sentence=_counted_together(found, open_result))
    corrected = each.corrected and possible(each.corrected, found.unit)
    return Against(other.letter, found, each.adjusted_p, corrected, alone)


def _counted_together(found: Comparison, result: Result) -> str:
    name = found.run_b.model_version.label
    return f"{sentence(result, found.unit, name)} By itself the range leaves zero out; among all these comparisons it does not stand."


def _columns(run_a: Run, others: Sequence[_Other], figures: Figures) -> list[Column]:
    places = {standing.name: standing for standing in figures.ranking.standings}
    missing = {"A": figures.missing} | {one.letter: one.pair.missing[1] for one in others if one.pair}
    return [
        Column(
            letter=one.letter,
            run=one.run,
            value=figures.values.get(one.letter),
            place=places.get(one.letter),
            missing=missing.get(one.letter, 0),
            note=_note(one, missing, figures.ranking),
        )
        for one in (_Other("A", run_a, ()), *others)
    ]


def _note(one: _Other, known: Collection[str], ranking: Ranking) -> str:
    """known: letters of those with numbers."""
    if one.letter not in known:
        return "Not comparable"
    if one.told:
        return "For display only, not ranked"
    if one.run.stopped_early:
        return f"{beside('It', one.run.cases_asked, one.run.cases_given)} Not ranked"
    return "Partial: too much is missing to be ranked" if one.letter in ranking.partial else ""


def _slice_row(
    others: Sequence[_Other], lines: Mapping[str, SliceDifference], unit: Unit, *, opinion: bool
) -> SliceRow:
    """Nothing is supported where all else does not match, nor by a judge's opinion."""
    by_letter = {
        one.letter: replace(as_shown(line, unit), supported=line.supported and not one.told and not opinion)
        for one in others
        if (line := lines.get(one.letter)) is not None
    }
    return SliceRow(next(iter(lines.values())).name, [by_letter.get(one.letter) for one in others])
