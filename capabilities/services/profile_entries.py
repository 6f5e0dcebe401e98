"""What is known of a version by our criteria, as lines of its profile: ours by their verdicts, others' by the same rules. No query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from capabilities.models import Criterion, VerdictLine
from capabilities.queries.beyond_doubt import SideOf, sides
from capabilities.queries.briefs import settling
from capabilities.queries.states import CriterionState, RequirementState
from capabilities.services.judging_claims import claim_alone
from capabilities.services.judging_lines import slice_lines
from capabilities.services.judging_results import shown
from capabilities.services.version_readings import Reading
from evaluations.models import Side
from evaluations.statistics import Outcome, Result, sentence

SLICES_SHOWN = 12


@dataclass(frozen=True)
class Told:
    """A verdict on a version, or what our rule says of another's. lines: slices; whole: the value they stand beside."""

    entry: dict[str, Any]
    slices: Sequence[VerdictLine]
    whole: float | None
    higher: bool


def ours(states: Iterable[RequirementState]) -> list[Told]:
    return [_ours(state, one) for state in states for one in state.criteria]


def _ours(state: RequirementState, one: CriterionState) -> Told:
    verdict = one.verdict
    entry = {
        **_of(one.criterion, state.requirement.key, state.revision.title),
        "outcome": one.outcome,
        "lean": one.lean,
        "waived": one.waived,
        "pending_confirmation": bool(verdict and verdict.pending_confirmation),
        "freshness": one.freshness,
        "sentence": verdict.sentence if verdict else settling(one),
        "point": verdict.point if verdict else None,
        "low": verdict.low if verdict else None,
        "high": verdict.high if verdict else None,
        "unit": verdict.unit if verdict else "",
        "n": verdict.n if verdict else 0,
        "run": verdict.run_id if verdict else None,
        "higher_is_better": bool(verdict.detail.get("higher_is_better", True)) if verdict else True,
    }
    lines = [line for line in one.lines if line.kind == VerdictLine.Kind.SLICE]
    return Told(entry, lines, verdict.point if verdict else None, entry["higher_is_better"])


def theirs(readings: Iterable[Reading]) -> list[Told]:
    """By the rule of each criterion that has a target of its own; one against others says nothing of another's model."""
    known: dict[tuple[object, ...], tuple[Result, list[VerdictLine]]] = {}
    return [_theirs(reading, known) for reading in readings if _speaks(reading.scope.criterion)]


def _speaks(criterion: Criterion) -> bool:
    return (
        criterion.against == Criterion.Against.THRESHOLD
        or criterion.statistic == Criterion.Statistic.PASS_ALL
    )


def _theirs(reading: Reading, known: dict[tuple[object, ...], tuple[Result, list[VerdictLine]]]) -> Told:
    key = (*reading.same_measure, reading.run.pk)
    if key not in known:
        result = claim_alone(reading.scope, reading.samples)
        known[key] = (result, slice_lines(reading.scope, reading.samples))
    result, lines = known[key]
    point, low, high = shown(result.point, result.interval)
    requirement = reading.link.criterion.revision.requirement
    entry = {
        **_of(reading.scope.criterion, requirement.key, reading.link.criterion.revision.title),
        "outcome": str(result.outcome),
        "lean": result.lean if result.outcome is Outcome.INCONCLUSIVE else "",
        "waived": False,
        "pending_confirmation": False,
        "freshness": "",
        "sentence": sentence(result, reading.unit),
        "point": point,
        "low": low,
        "high": high,
        "unit": reading.unit_name,
        "n": result.n,
        "run": reading.run.pk,
        "higher_is_better": result.higher_is_better,
    }
    return Told(entry, lines, point, result.higher_is_better)


def _of(criterion: Criterion, key: str, title: str) -> dict[str, Any]:
    compared = criterion.against != Criterion.Against.THRESHOLD
    return {
        "requirement": key,
        "title": title,
        "criterion": criterion.key,
        "must": criterion.must,
        "target": criterion.threshold if not compared else None,
        "difference": compared and criterion.statistic != Criterion.Statistic.PASS_ALL,
    }


def leads(lines: Sequence[VerdictLine], side: str) -> list[dict[str, Any]]:
    """Comparisons beyond doubt, corrected together; of another's model they are read the other way round."""
    mine = side == Side.OWN
    found = zip(lines, sides(lines), strict=True)
    return [_lead(line, word, mine=mine) for line, word in found if word]


def _lead(line: VerdictLine, word: SideOf, *, mine: bool) -> dict[str, Any]:
    verdict = line.verdict
    criterion = verdict.verification.criterion
    turned = mine is bool(verdict.detail.get("higher_is_better", True))
    point, low, high = line.point, line.low, line.high
    if not turned:
        point, low, high = (None if end is None else -end for end in (point, high, low))
    return {
        **_of(criterion, criterion.revision.requirement.key, criterion.revision.title),
        "ahead": (word == "ahead") is mine,
        "against": line.label if mine else verdict.model_version.label,
        "point": point,
        "low": low,
        "high": high,
        "unit": verdict.unit,
        "n": line.n,
        "run": verdict.run_id,
        "against_run": line.run_id,
        "sentence": line.sentence,
    }


def worst_slices(told: Iterable[Told]) -> list[dict[str, Any]]:
    """Below their own whole: those that miss the target even after correction for the number of slices first, then the furthest below."""
    found = []
    for one in told:
        for line in one.slices:
            if line.point is None or one.whole is None:
                continue
            behind = (one.whole - line.point) * (1 if one.higher else -1)
            if behind > 0:
                found.append(
                    (line.outcome != "not_met", -behind / (abs(one.whole) or 1.0), _slice(one, line))
                )
    return [told_slice for _, _, told_slice in sorted(found, key=lambda each: each[:2])[:SLICES_SHOWN]]


def _slice(one: Told, line: VerdictLine) -> dict[str, Any]:
    kept = ("requirement", "title", "criterion", "target", "unit", "run")
    return {
        **{name: one.entry[name] for name in kept},
        "slice": line.label,
        "outcome": line.outcome,
        "point": line.point,
        "low": line.low,
        "high": line.high,
        "n": line.n,
        "whole": one.whole,
        "corrected_for": line.detail.get("corrected_for", 1),
    }
