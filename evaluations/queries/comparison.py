"""Two runs side by side: what differs, by how much, where, and whether the difference is supported."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config.errors import NotComparable
from evaluations.models import EvaluationScorer, Run, ScorerVersion
from evaluations.queries.differences import NotSame, Varies, differs
from evaluations.queries.vectors import CaseList, Slice, cases_of, samples_from, vectors_of
from evaluations.statistics import (
    Claim,
    Counts,
    Outcome,
    Reason,
    Result,
    Rule,
    Samples,
    SliceDifference,
    Unit,
    against_rival,
    sentence,
    where_do_we_lose,
)

CONFIDENCE = 0.95
SLICE_N = 10
MOST_SLICES = 60
NOTHING = Result(Outcome.NO_DATA, Reason.NOT_COMPARABLE, "none/1", Claim.RIVAL)


@dataclass(frozen=True)
class Comparison:
    """A − B in the scorer's unit, on the items both were given.

    differs: what is not the same though it should be, as sentences; with any of them the numbers are for display only and nothing
    is supported. missing: items without a score, on each side. slices: worst for A first, supported after correction over all of
    them at a false share of 10 %.
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

    @property
    def ok(self) -> bool:
        return not self.differs

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
            "supported": self.supported,
            "sentence": self.sentence,
            "slices": [_slice_json(line) for line in self.slices],
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


def compare(
    run_a: Run, run_b: Run, scorer: str, slice: Slice | None = None, varies: Varies = "model"
) -> Comparison:
    """Compare two finished runs by the scorer with this slug. At most five queries.

    varies names what is meant to differ: the model, the prompt or the whole system. Runs on two versions of one dataset are set against
    each other on the cases that are the same in both, for display only. Raises NotComparable when one side lacks the scorer or its scores.
    """
    run_a, run_b = _loaded(run_a, run_b)
    scorers = _scorers(run_a, run_b, scorer)
    problems = differs(run_a, run_b, scorers, varies)
    unit = _unit(run_a, scorers[0])
    if any(problem.blocks for problem in problems):
        return _nothing(run_a, run_b, scorers[0], unit, problems)
    cases, ours, theirs = _samples(run_a, run_b, scorers)
    if slice is not None:
        ours, theirs = ours.select(cases.mask(slice)), theirs.select(cases.mask(slice))
    result = against_rival(ours, theirs, Rule(confidence=CONFIDENCE))
    result = replace(result, counts=result.counts or _passes(ours, theirs, scorers[0]))
    told = [problem.sentence for problem in problems]
    return Comparison(
        run_a=run_a,
        run_b=run_b,
        scorer=scorers[0],
        unit=unit,
        differs=told,
        result=result,
        missing={"a": _missing(ours), "b": _missing(theirs)},
        supported=not told and _stands(result),
        sentence=_sentence(result, unit, _name(run_b, varies), told),
        slices=[] if slice is not None else _slices(cases, ours, theirs, comparable=not told),
    )


def _nothing(
    run_a: Run, run_b: Run, scorer: ScorerVersion, unit: Unit, problems: Sequence[NotSame]
) -> Comparison:
    told = [problem.sentence for problem in problems]
    words = f"Not comparable: {' '.join(told)}"
    return Comparison(run_a, run_b, scorer, unit, told, NOTHING, {"a": 0, "b": 0}, False, words, [])


def _loaded(run_a: Run, run_b: Run) -> tuple[Run, Run]:
    rows = Run.objects.select_related(
        "model_version__model",
        "prompt_version__prompt",
        "evaluation_version__evaluation",
        "evaluation_version__prompt_version__prompt",
        "evaluation_version__dataset_version__dataset",
    ).in_bulk([run_a.pk, run_b.pk])
    return rows[run_a.pk], rows[run_b.pk]


def _scorers(run_a: Run, run_b: Run, slug: str) -> tuple[ScorerVersion, ScorerVersion]:
    versions = (run_a.evaluation_version, run_b.evaluation_version)
    rows = EvaluationScorer.objects.filter(evaluation_version__in=versions, slug=slug)
    found = {
        row.evaluation_version_id: row.scorer_version for row in rows.select_related("scorer_version__scorer")
    }
    for version in versions:
        if version.pk not in found:
            raise NotComparable(f"{version} does not use the scorer “{slug}”.", fields={"scorer": slug})
    return found[versions[0].pk], found[versions[1].pk]


def _samples(
    run_a: Run, run_b: Run, scorers: tuple[ScorerVersion, ScorerVersion]
) -> tuple[CaseList, Samples, Samples]:
    """Both sides on the cases they share, in A's order."""
    vectors = vectors_of([run_a, run_b], {scorer.pk for scorer in scorers})
    sides = []
    for run, scorer in zip((run_a, run_b), scorers, strict=True):
        vector = vectors.get((run.pk, scorer.pk))
        if vector is None:
            raise NotComparable(f"Run {run.pk} has no scores by {scorer} yet.", fields={"run": run.pk})
        version = run.evaluation_version.dataset_version_id
        sides.append((vector, version))
    cases = {version: cases_of(version) for version in dict.fromkeys(version for _, version in sides)}
    (vector_a, in_a), (vector_b, in_b) = sides
    ours = samples_from(vector_a, cases[in_a], scorers[0])
    theirs = samples_from(vector_b, cases[in_b], scorers[0])
    if in_a == in_b:
        return cases[in_a], ours, theirs
    return _shared(cases[in_a], cases[in_b], ours, theirs)


def _shared(
    in_a: CaseList, in_b: CaseList, ours: Samples, theirs: Samples
) -> tuple[CaseList, Samples, Samples]:
    """The cases whose content is the same in both versions, under A's keys; of equal contents those of the same key first."""
    exact = {pair: row for row, pair in enumerate(zip(in_b.hashes, in_b.keys, strict=True))}
    places: list[tuple[int, int]] = []
    renamed = []
    for row, pair in enumerate(zip(in_a.hashes, in_a.keys, strict=True)):
        if (place := exact.pop(pair, None)) is None:
            renamed.append(row)
        else:
            places.append((row, place))
    left = {content: place for (content, _), place in exact.items()}
    places += [(row, left.pop(in_a.hashes[row])) for row in renamed if in_a.hashes[row] in left]
    rows, matches = zip(*sorted(places), strict=True) if places else ((), ())
    ours = ours.select(rows)
    theirs = replace(theirs.select(matches), items=ours.items, clusters=ours.clusters)
    return in_a.select(rows), ours, theirs


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


def _unit(run: Run, scorer: ScorerVersion) -> Unit:
    text = {"rate": "", "number": "", "currency": run.currency}.get(scorer.unit, scorer.unit)
    return Unit(rate=scorer.unit == "rate", text=text)


def _name(run: Run, varies: Varies) -> str:
    if varies == "prompt":
        return str(run.prompt_version or "no prompt")
    return f"{run.model_version.model.name} {run.model_version.name}"


def _missing(samples: Samples) -> int:
    return int((~samples.present.any(axis=1)).sum())


def _stands(result: Result) -> bool:
    """The plausible range leaves zero out, however the missing items are read."""
    interval = result.interval
    if result.outcome not in (Outcome.MET, Outcome.NOT_MET) or interval is None:
        return False
    return interval.low > 0 or interval.high < 0


def _sentence(result: Result, unit: Unit, other: str, told: Sequence[str]) -> str:
    said = sentence(result, unit, other)
    return f"For display only. {' '.join(told)} {said}" if told else said


def _slices(cases: CaseList, ours: Samples, theirs: Samples, *, comparable: bool) -> list[SliceDifference]:
    """The largest slices; too small ones are shown but never supported."""
    masks = cases.slices
    largest = sorted(masks, key=lambda part: -int(masks[part].sum()))[:MOST_SLICES]
    named = {f"{name}={value}": masks[name, value] for name, value in largest}
    lines = where_do_we_lose(ours, theirs, named, Rule(confidence=CONFIDENCE, min_n=SLICE_N))
    return lines if comparable else [replace(line, supported=False) for line in lines]
