"""One run against several others, up to eight columns: each difference counted among all, the ranks, and where it is lost."""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from config.errors import NotComparable
from evaluations.models import Run, ScorerVersion, Side
from evaluations.queries.comparison import (
    CONFIDENCE,
    MOST_SLICES,
    OPINION,
    SLICE_N,
    Comparison,
    as_comparison,
    as_shown,
    outcome_of,
    unit_of,
    with_mixes,
    without_numbers,
)
from evaluations.queries.differences import Varies, differs
from evaluations.queries.reuse import shared_answers
from evaluations.queries.sides import Sides, loaded_runs, scorers_named, sides_of
from evaluations.queries.vectors import CaseList, Slice
from evaluations.statistics import (
    EachDifference,
    Estimate,
    Interval,
    Outcome,
    Ranking,
    Reason,
    Result,
    Rule,
    Samples,
    SliceDifference,
    Standing,
    Unit,
    against_any,
    against_each,
    against_every,
    estimate,
    possible,
    rank_intervals,
    same_items,
    sentence,
    shown,
    where_do_we_lose_to_each,
)
from evaluations.statistics.stop_sentences import beside

MOST_COLUMNS = 8
LETTERS = string.ascii_uppercase
MOST_SLICES_OF_MANY = 30
RULE = Rule(confidence=CONFIDENCE, min_n=SLICE_N)


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

    @property
    def first(self) -> Comparison:
        """A beside the first of the others, with its slices: the whole of a comparison of two."""
        lines = [row.lines[0] for row in self.slices]
        return replace(self.against[0].comparison, slices=[line for line in lines if line is not None])

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


@dataclass(frozen=True, eq=False)
class _Other:
    """A run beside A. told: what differs, as sentences; sides: both on the cases they share, None where numbers are barred."""

    letter: str
    run: Run
    told: Sequence[str]
    sides: tuple[Samples, Samples] | None

    @property
    def comparable(self) -> bool:
        return self.sides is not None and not self.told


def compare_many(
    runs: Sequence[Run], scorer: str, slice: Slice | None = None, varies: Varies = "model"
) -> ManyComparison:
    """Compare the first of some finished runs with each of the others by the scorer with this slug. Four queries.

    One more for each further dataset version. What cannot be compared keeps its column and says why. Raises NotComparable when the first
    run lacks the scorer or its scores.
    """
    run_a, *rest = loaded_runs(runs)
    scorers = scorers_named([run_a, *rest], scorer)
    if run_a.pk not in scorers:
        raise NotComparable(
            f"{run_a.evaluation_version} does not use the scorer “{scorer}”.", fields={"scorer": scorer}
        )
    letters = LETTERS[1 : len(rest) + 1]
    problems = {
        run.pk: _problems(run_a, run, scorers, (letter, varies))
        for letter, run in zip(letters, rest, strict=True)
    }
    usable = [run for run in rest if not problems[run.pk][1]]
    sides = sides_of([run_a, *usable], {run.pk: scorers[run.pk] for run in (run_a, *usable)})
    if not sides.has(run_a):
        raise NotComparable(
            f"Run {run_a.pk} has no scores by {scorers[run_a.pk]} yet.", fields={"run": run_a.pk}
        )
    others = [
        _other(letter, run, problems[run.pk], (run_a, sides, slice))
        for letter, run in zip(letters, rest, strict=True)
    ]
    return _made(run_a, sides, others, slice, varies)


def _problems(
    run_a: Run, run: Run, scorers: Mapping[int, ScorerVersion], named: tuple[str, Varies]
) -> tuple[list[str], bool]:
    """What differs as sentences, and whether it bars all numbers."""
    letter, varies = named
    if run.pk not in scorers:
        return [f"{letter} was not scored by {scorers[run_a.pk].scorer.slug}."], True
    found = differs(run_a, run, (scorers[run_a.pk], scorers[run.pk]), varies, letter)
    return [one.sentence for one in found], any(one.blocks for one in found)


def _other(
    letter: str, run: Run, problem: tuple[list[str], bool], beside: tuple[Run, Sides, Slice | None]
) -> _Other:
    told, barred = problem
    run_a, sides, part = beside
    if barred:
        return _Other(letter, run, told, None)
    if not sides.has(run):
        return _Other(
            letter, run, [*told, f"{letter} has no scores by {sides.scorer.scorer.slug} yet."], None
        )
    cases, ours, theirs = sides.shared(run_a, run)
    if not ours.items:
        return _Other(letter, run, [*told, f"A and {letter} share no case."], None)
    if part is not None:
        ours, theirs = ours.select(cases.mask(part)), theirs.select(cases.mask(part))
    return _Other(letter, run, told, (ours, theirs))


def _made(
    run_a: Run, sides: Sides, others: Sequence[_Other], part: Slice | None, varies: Varies
) -> ManyComparison:
    ours, cases = sides.samples(run_a), sides.cases[run_a.pk]
    if part is not None:
        ours = ours.select(cases.mask(part))
    compared = [other.sides[1] for other in others if other.comparable and other.sides]
    each = iter(against_each(ours, compared, Rule(confidence=CONFIDENCE)))
    against = [
        _against(run_a, other, sides.scorer, next(each) if other.comparable else None, varies)
        for other in others
    ]
    if len(others) == 1 and others[0].sides and part is None:
        only = with_mixes(against[0].comparison, sides, sides.shared(run_a, others[0].run))
        against = [replace(against[0], comparison=only)]
    ranking, values = _ranked(run_a, ours, others)
    several = len(compared) > 1 and not sides.scorer.is_opinion
    rule = Rule(confidence=CONFIDENCE)
    unit = unit_of(run_a, sides.scorer)
    slices, left_out = ([], 0) if part is not None else _slices(cases, ours, others, unit)
    if sides.scorer.is_opinion:
        slices = [_unsupported(row) for row in slices]
    return ManyComparison(
        run_a=run_a,
        scorer=sides.scorer,
        unit=unit,
        against=against,
        columns=_columns(run_a, ours, others, ranking, values),
        n=ranking.n,
        every=shown(against_every(ours, compared, rule), unit) if several else None,
        any_=shown(against_any(ours, compared, rule), unit) if several else None,
        slices=slices,
        slices_left_out=left_out,
    )


def _against(
    run_a: Run, other: _Other, scorer: ScorerVersion, each: EachDifference | None, varies: Varies
) -> Against:
    if other.sides is None:
        return Against(other.letter, without_numbers(run_a, other.run, scorer, other.told), barred=True)
    found = as_comparison(run_a, other.run, scorer, other.told, other.sides, varies)
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


def _ranked(run_a: Run, ours: Samples, others: Sequence[_Other]) -> tuple[Ranking, dict[str, Estimate]]:
    """Ranks among what may be compared, and each one's value on the common cases, by letter.

    Without runs that stopped early, which would take cases away from all the others.
    """
    runs = {"A": ours} | {
        other.letter: other.sides[1] for other in others if other.comparable and other.sides
    }
    runs = {letter: samples for letter, samples in runs.items() if samples.wanted.all()}
    ranking = rank_intervals(runs, sure=True)
    names = [standing.name for standing in ranking.standings]
    common = same_items([runs[name] for name in names]) if names else []
    return ranking, {name: estimate(samples) for name, samples in zip(names, common, strict=True)}


def _columns(
    run_a: Run,
    ours: Samples,
    others: Sequence[_Other],
    ranking: Ranking,
    values: Mapping[str, Estimate],
) -> list[Column]:
    places = {standing.name: standing for standing in ranking.standings}
    first = _Other("A", run_a, (), (ours, ours))
    return [
        Column(
            letter=one.letter,
            run=one.run,
            value=values.get(one.letter),
            place=places.get(one.letter),
            missing=one.sides[1].missing if one.sides else 0,
            note=_note(one, ranking),
        )
        for one in (first, *others)
    ]


def _note(one: _Other, ranking: Ranking) -> str:
    if one.sides is None:
        return "Not comparable"
    if one.told:
        return "For display only, not ranked"
    if one.run.stopped_early:
        return f"{beside('It', one.run.cases_asked, one.run.cases_given)} Not ranked"
    return "Partial: too much is missing to be ranked" if one.letter in ranking.partial else ""


def _slices(
    cases: CaseList, ours: Samples, others: Sequence[_Other], unit: Unit
) -> tuple[list[SliceRow], int]:
    """The largest slices; too small ones are shown but never supported."""
    usable = [other for other in others if other.sides is not None]
    most = MOST_SLICES if len(others) == 1 else MOST_SLICES_OF_MANY
    masks = cases.slices
    largest = sorted(masks, key=lambda part: -int(masks[part].sum()))[:most]
    named = {f"{name}={value}": masks[name, value] for name, value in largest}
    found = where_do_we_lose_to_each(ours, [other.sides[1] for other in usable if other.sides], named, RULE)
    rows = [_slice_row(others, usable, [as_shown(line, unit) for line in lines]) for lines in found if lines]
    return rows, len(masks) - len(largest)


def _unsupported(row: SliceRow) -> SliceRow:
    return SliceRow(row.name, [line and replace(line, supported=False) for line in row.lines])


def _slice_row(
    others: Sequence[_Other], usable: Sequence[_Other], lines: Sequence[SliceDifference]
) -> SliceRow:
    """Nothing is supported where all else does not match."""
    by_letter = {
        other.letter: replace(line, supported=line.supported and other.comparable)
        for other, line in zip(usable, lines, strict=True)
    }
    return SliceRow(lines[0].name, [by_letter.get(other.letter) for other in others])
