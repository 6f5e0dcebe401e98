"""Two runs side by side: what differs, by how much, where, and whether the difference is supported."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from config.errors import NotComparable
from evaluations.models import Run, ScorerVersion
from evaluations.queries.calibrations import UNCORRECTED
from evaluations.queries.comparison_figures import (
    CONFIDENCE,
    SLICE_N,
    Asked,
    Beside,
    Figures,
    Pair,
    figures_of,
    unit_of,
)
from evaluations.queries.differences import Varies, differs
from evaluations.queries.mixes import EvenRow, MixGap, turned_words
from evaluations.queries.reuse import shared_answers
from evaluations.queries.sides import loaded_runs, scorers_named
from evaluations.queries.vectors import Slice
from evaluations.statistics import (
    Claim,
    Estimate,
    Outcome,
    Reason,
    Result,
    SliceDifference,
    Unit,
    sentence,
    shown,
)
from evaluations.statistics.paired_sentences import gap_seen
from evaluations.statistics.stop_sentences import beside

OPINION = "a judge’s opinion"
B = "B"
NOTHING = Result(Outcome.NO_DATA, Reason.NOT_COMPARABLE, "none/1", Claim.RIVAL)


@dataclass(frozen=True)
class Comparison:
    """A − B in the scorer's unit, on the items both were given.

    differs: what is not the same though it should be, as sentences; with any of them the numbers are for display only and nothing
    is supported. missing: items without a score, on each side. slices: worst for A first, supported after correction over all of
    them at a false share of 10 %. shared_answers: answers of both that came of the very same call, so that they are no separate draws.
    even: with every value of a slice counted the same. mixes: slices whose shares differ between the runs' own cases.
    within: whether both are the same within what was asked, None where nobody asked.
    """

    run_a: Run
    run_b: Run
    scorer: ScorerVersion
    unit: Unit
    differs: Sequence[str]
    result: Result
    missing: Mapping[str, int]
    supported: bool
    sentence: str
    slices: Sequence[SliceDifference]
    shared_answers: int = 0
    even: Sequence[EvenRow] = ()
    mixes: Sequence[MixGap] = ()
    within: Result | None = None

    @property
    def ok(self) -> bool:
        return not self.differs

    @property
    def opinion(self) -> bool:
        """By a judge, so that nothing is supported."""
        return self.scorer.is_opinion

    @property
    def mix_notes(self) -> list[str]:
        """What to think where the lead is one of the mix, not of the models."""
        point, higher = self.result.point, self.result.higher_is_better
        rests = [turned_words(row.name, point, row, higher=higher) for row in self.even]
        return [*filter(None, rests), *[one.sentence for one in self.mixes if one.turned]]

    def even_outcome(self, row: EvenRow) -> str:
        """What stands when every slice counts the same; nothing where too much of the whole is missing."""
        interval = row.difference.interval
        if not self.ok:
            return "for display only"
        if self.opinion:
            return OPINION
        supported = interval is not None and not interval.low <= 0 <= interval.high
        return outcome_of(replace(self.result, point=row.difference.point), supported=supported)

    def slice_outcome(self, line: SliceDifference) -> str:
        """What stands on one slice, in words."""
        if not self.ok:
            return "for display only"
        if line.result.n < SLICE_N or line.result.point is None:
            return f"too few cases (fewer than {SLICE_N})"
        if self.opinion:
            return OPINION
        return outcome_of(line.result, supported=line.supported)

    def as_json(self) -> dict[str, Any]:
        """The reply of the comparisons endpoint."""
        counts = self.result.counts
        return {
            "comparable": {"ok": self.ok, "differs": list(self.differs)},
            "n": self.result.n,
            "points": _points(self.result),
            "difference": _difference(self.result),
            "counts": None if counts is None else vars(counts).copy(),
            "missing": dict(self.missing),
            "shared_answers": self.shared_answers,
            "supported": self.supported,
            "sentence": self.sentence,
            "slices": [_slice_json(line) for line in self.slices],
            "even": [_mixed_json(row.name, row.difference) | {"parts": row.parts} for row in self.even],
            "mixes": [
                _mixed_json(one.name, one.difference)
                | {"plain": one.plain, "turned": one.turned, "sentence": one.sentence}
                for one in self.mixes
            ],
        }


def as_shown(line: SliceDifference, unit: Unit) -> SliceDifference:
    return replace(line, result=shown(line.result, unit))


def _mixed_json(name: str, found: Estimate) -> dict[str, Any]:
    interval = found.interval
    return {
        "slice": name,
        "n": found.n,
        "point": found.point,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
    }


def _slice_json(line: SliceDifference) -> dict[str, Any]:
    return {
        "slice": line.name,
        "n": line.result.n,
        "points": _points(line.result),
        "difference": _difference(line.result),
        "adjusted_p": line.adjusted_p,
        "supported": line.supported,
    }


def _points(result: Result) -> dict[str, float | None]:
    return {"a": _finite(result.point_a), "b": _finite(result.point_b)}


def _difference(result: Result) -> dict[str, Any] | None:
    if result.point is None:
        return None
    interval = result.interval
    return {
        "point": _finite(result.point),
        "low": _finite(interval.low) if interval else None,
        "high": _finite(interval.high) if interval else None,
        "confidence": interval.confidence if interval else CONFIDENCE,
        "method": result.method,
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def outcome_of(result: Result, *, supported: bool) -> str:
    """In words, for pages, files and the API alike."""
    if result.reason in (Reason.ERRORS, Reason.ALL_ERRORED):
        return "too much is missing"
    if not supported:
        return "not distinguishable"
    return "A ahead" if ((result.point or 0.0) > 0) is result.higher_is_better else "A behind"


def compare(
    run_a: Run,
    run_b: Run,
    scorer: str,
    slice: Slice | None = None,
    varies: Varies = "model",
    same: float | None = None,
) -> Comparison:
    """Compare two finished runs by the scorer with this slug. At most five queries.

    varies names what is meant to differ: the model, the prompt or the whole system. Runs on two versions of one dataset are set against
    each other on the cases that are the same in both, for display only. same: how far apart they may lie and still count as the same.
    One more query where either took answers over. Raises NotComparable when one side lacks the scorer or its scores.
    """
    run_a, run_b = loaded_runs([run_a, run_b])
    scorers = scorers_named([run_a, run_b], scorer)
    for run in (run_a, run_b):
        if run.pk not in scorers:
            raise NotComparable(
                f"{run.evaluation_version} does not use the scorer “{scorer}”.", fields={"scorer": scorer}
            )
    pair = scorers[run_a.pk], scorers[run_b.pk]
    problems = differs(run_a, run_b, pair, varies)
    told = [problem.sentence for problem in problems]
    if any(problem.blocks for problem in problems):
        return without_numbers(run_a, run_b, pair[0], told)
    figures = figures_of(Asked(run_a, [Beside(B, run_b, not told)], scorers, slice, same))
    if B in figures.unscored:
        raise NotComparable(f"Run {run_b.pk} has no scores by {pair[1]} yet.", fields={"run": run_b.pk})
    found = as_comparison(run_a, run_b, pair[0], told, figures.pairs[B], varies)
    slices = [as_shown(lines[B], found.unit) for lines in figures.slices if B in lines]
    if told or found.opinion:
        slices = [replace(line, supported=False) for line in slices]
    return replace(with_mixes(found, figures), slices=slices, shared_answers=shared_answers(run_a, run_b))


def with_mixes(found: Comparison, figures: Figures) -> Comparison:
    """The comparison with what unlike mixes and large slices do to it, and whether both are the same within what was asked."""
    return replace(found, even=figures.even, mixes=figures.mixes, within=figures.same)


def as_comparison(
    run_a: Run, run_b: Run, scorer: ScorerVersion, told: Sequence[str], pair: Pair, varies: Varies
) -> Comparison:
    """The figures of two runs with their names and words, without slices. No query."""
    result = pair.result
    unit = unit_of(run_a, scorer)
    result = shown(result, unit)
    return Comparison(
        run_a=run_a,
        run_b=run_b,
        scorer=scorer,
        unit=unit,
        differs=told,
        result=result,
        missing=dict(zip("ab", pair.missing, strict=True)),
        supported=not told and not scorer.is_opinion and _stands(result),
        sentence=_sentence(
            result, unit, name_of(run_b, varies), told, (run_a, run_b), opinion=scorer.is_opinion
        ),
        slices=[],
    )


def without_numbers(run_a: Run, run_b: Run, scorer: ScorerVersion, told: Sequence[str]) -> Comparison:
    """The comparison of what cannot be compared; told: why, as sentences."""
    words = f"Not comparable: {' '.join(told)}"
    unit = unit_of(run_a, scorer)
    return Comparison(run_a, run_b, scorer, unit, told, NOTHING, {"a": 0, "b": 0}, False, words, [])


def name_of(run: Run, varies: Varies) -> str:
    if varies == "prompt":
        return str(run.prompt_version or "no prompt")
    return f"{run.model_version.model.name} {run.model_version.name}"


def _stands(result: Result) -> bool:
    """The plausible range leaves zero out, however the missing items are read."""
    interval = result.interval
    if result.outcome not in (Outcome.MET, Outcome.NOT_MET) or interval is None:
        return False
    return interval.low > 0 or interval.high < 0


def _sentence(  # noqa: PLR0913 - what was found, of whom, and what stands beside it
    result: Result, unit: Unit, other: str, told: Sequence[str], runs: Sequence[Run], *, opinion: bool
) -> str:
    stopped = [
        beside(run.model_version.label, run.cases_asked, run.cases_given) for run in runs if run.stopped_early
    ]
    said = sentence(result, unit, other)
    if opinion and result.point is not None:
        said = f"{UNCORRECTED} A against {other}: {gap_seen(result, unit)}."
    said = " ".join([said, *stopped])
    return f"For display only. {' '.join(told)} {said}" if told else said
