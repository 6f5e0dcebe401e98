"""What is known of a version by our criteria, as lines of its profile: ours by their verdicts, others' by the same rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from capabilities.models import Criterion
from capabilities.queries.known_criteria import Known
from capabilities.queries.told_verdicts import ToldSlice, ToldVerdict
from capabilities.services.judging_results import shown
from capabilities.services.version_answers import Answer, answers, question
from capabilities.services.version_readings import Reading
from evaluations.statistics import Outcome, sentence

SLICES_SHOWN = 12


@dataclass(frozen=True)
class Told:
    """A verdict on a version, or what our rule says of another's. whole: the value that slices stand beside."""

    entry: dict[str, Any]
    slices: Sequence[ToldSlice]
    whole: float | None
    higher: bool


def ours(known: Iterable[Known]) -> list[Told]:
    return [_ours(one, one.verdict) if one.verdict else _unmeasured(one) for one in known]


def _ours(one: Known, verdict: ToldVerdict) -> Told:
    entry = {
        **of_criterion(one.criterion, one.requirement, one.title),
        "outcome": verdict.outcome,
        "lean": verdict.lean,
        "waived": one.waived,
        "pending_confirmation": verdict.pending,
        "freshness": one.freshness,
        "sentence": verdict.sentence,
        "point": verdict.point,
        "low": verdict.low,
        "high": verdict.high,
        "unit": verdict.unit,
        "n": verdict.n,
        "run": verdict.run,
        "higher_is_better": verdict.higher_is_better,
    }
    return Told(entry, verdict.slices, verdict.point, verdict.higher_is_better)


def _unmeasured(one: Known) -> Told:
    entry = {
        **of_criterion(one.criterion, one.requirement, one.title),
        "outcome": "no_data",
        "lean": "",
        "waived": False,
        "pending_confirmation": False,
        "freshness": "",
        "sentence": one.lacking,
        "point": None,
        "low": None,
        "high": None,
        "unit": "",
        "n": 0,
        "run": None,
        "higher_is_better": True,
    }
    return Told(entry, (), None, True)


def theirs(readings: Iterable[Reading]) -> list[Told]:
    """By the rule of each criterion that has a target of its own; one against others says nothing of another's model.

    No query for what this process has worked out, else two.
    """
    telling = [reading for reading in readings if _speaks(reading.link.criterion)]
    found = answers(telling)
    return [_theirs(reading, found[question(reading)]) for reading in telling]


def _speaks(criterion: Criterion) -> bool:
    return (
        criterion.against == Criterion.Against.THRESHOLD
        or criterion.statistic == Criterion.Statistic.PASS_ALL
    )


def _theirs(reading: Reading, answer: Answer) -> Told:
    result = answer.result
    point, low, high = shown(result.point, result.interval)
    entry = {
        **of_criterion(reading.link.criterion, reading.link.requirement, reading.link.title),
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
        "run": reading.vector.run,
        "higher_is_better": result.higher_is_better,
    }
    return Told(entry, answer.slices, point, result.higher_is_better)


def of_criterion(criterion: Criterion, key: str, title: str) -> dict[str, Any]:
    compared = criterion.against != Criterion.Against.THRESHOLD
    return {
        "requirement": key,
        "title": title,
        "criterion": criterion.key,
        "must": criterion.must,
        "target": criterion.threshold if not compared else None,
        "difference": compared and criterion.statistic != Criterion.Statistic.PASS_ALL,
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
                found.append((line.outcome != "not_met", -behind / (abs(one.whole) or 1.0), one, line))
    worst = sorted(found, key=lambda each: each[:2])[:SLICES_SHOWN]
    return [_slice(one, line) for _, _, one, line in worst]


def _slice(one: Told, line: ToldSlice) -> dict[str, Any]:
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
        "corrected_for": line.corrected_for,
    }
