"""The release page: what a version is held to with every number, who signed for it, and which slices a go can leave out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from capabilities.models import Baseline, GateDecision, Objective, SignOff, VerdictLine
from capabilities.queries.gate import gate_states
from capabilities.queries.requirement_order import HORIZONS
from capabilities.queries.states import CriterionState, RequirementState
from config.words import range_text, score, verdict_label
from evaluations.models import ModelVersion

SOON_DAYS = 14
SIGN_OFFS_SHOWN = 50


@dataclass(frozen=True)
class MeasuredSlice:
    """A slice of a criterion that a go may leave out. value: what a form posts, e.g. `VA-12 AC-1 lang=de`."""

    requirement: str
    criterion: str
    label: str
    outcome: str
    point: float | None
    low: float | None
    high: float | None
    n: int
    unit: str

    @property
    def value(self) -> str:
        return f"{self.requirement} {self.criterion} {self.label}"

    @property
    def in_words(self) -> str:
        """Verdict, score and range with the number of cases."""
        span = range_text(self.low, self.high, self.unit)
        return f"{verdict_label(self.outcome)}, {score(self.point, self.unit)} ({span}), n = {self.n}"

    def as_condition(self) -> dict[str, Any]:
        """As a sign-off keeps it: the result as it was when it was signed."""
        return {
            "requirement": self.requirement,
            "criterion": self.criterion,
            "slice": self.label,
            "outcome": self.outcome,
            "point": self.point,
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "unit": self.unit,
        }


@dataclass(frozen=True)
class Part:
    """An objective (None: without one) and the states of its requirements."""

    objective: Objective | None
    states: Sequence[RequirementState]


@dataclass(frozen=True)
class Release:
    """standing: the sign-off in force, None without one or when it was withdrawn. history: every one, the newest first."""

    baseline: Baseline
    version: ModelVersion
    parts: Sequence[Part]
    slices: Sequence[MeasuredSlice]
    standing: SignOff | None
    history: Sequence[SignOff]


def release(baseline: Baseline, version: ModelVersion) -> Release:
    """At most eighteen queries, however many requirements."""
    states = gate_states(baseline, version).states
    history = list(sign_offs(baseline).filter(model_version=version)[:SIGN_OFFS_SHOWN])
    return Release(
        baseline, version, _by_objective(states), measured_slices(states), standing_in(history), history
    )


def sign_offs(baseline: Baseline) -> QuerySet[SignOff]:
    """Those of a baseline, the newest first. One query."""
    return SignOff.objects.filter(baseline=baseline).select_related(
        "model_version__model", "signed_by", "gate", "baseline"
    )


def standing_sign_off(baseline: Baseline, version: ModelVersion) -> SignOff | None:
    """The newest for a version unless that withdraws. One query."""
    return standing_in(sign_offs(baseline).filter(model_version=version)[:1])


def standing_in(history: Sequence[SignOff] | QuerySet[SignOff]) -> SignOff | None:
    newest = next(iter(history), None)
    return newest if newest is not None and newest.decision != SignOff.Decision.WITHDRAWN else None


def measured_slices(states: Sequence[RequirementState]) -> list[MeasuredSlice]:
    """The slices behind the verdicts of these states. No query."""
    return [found for state in states for one in state.criteria for found in _slices(state, one)]


def _slices(state: RequirementState, one: CriterionState) -> Iterator[MeasuredSlice]:
    for line in one.lines:
        if line.kind == VerdictLine.Kind.SLICE and one.verdict is not None:
            yield MeasuredSlice(
                state.requirement.key,
                one.criterion.key,
                line.label,
                line.outcome,
                line.point,
                line.low,
                line.high,
                line.n,
                one.verdict.unit,
            )


def _by_objective(states: Sequence[RequirementState]) -> list[Part]:
    found: dict[int | None, list[RequirementState]] = {}
    for state in states:
        found.setdefault(state.requirement.objective_id, []).append(state)
    parts = [Part(rows[0].requirement.objective, rows) for rows in found.values()]
    return sorted(parts, key=_place)


def _place(part: Part) -> tuple[int, int, str]:
    one = part.objective
    return (HORIZONS.index(one.horizon), one.position, one.title) if one else (9, 0, "")


def ends_soon(expires_on: date, today: date) -> bool:
    """Whether a waiver that still stands ends within two weeks."""
    return today <= expires_on <= today + timedelta(days=SOON_DAYS)


def seen_inputs(inputs: Mapping[str, Any]) -> str:
    """The gate's inputs in short, for a form to post back: what each criterion rested on when somebody looked."""
    rows = [f"{one['id']}:{_rests_on(one)}" for one in inputs["criteria"]]
    return ";".join([f"r{'.'.join(map(str, inputs['revisions']))}", *rows])


def _rests_on(one: Mapping[str, Any]) -> str:
    waiting = ".".join(map(str, one["waiting"]))
    return f"{one['verdict'] or ''}/{one['freshness']}/{one['waiver'] or ''}/{waiting}"


def what_changed(seen: str, inputs: Mapping[str, Any]) -> list[str]:
    """Which criteria rest on something else than what was seen, in words. No query."""
    before = dict(row.split(":", 1) for row in seen.split(";")[1:] if ":" in row)
    found = []
    for one in inputs["criteria"]:
        was, now = before.get(str(one["id"])), _rests_on(one)
        if was is None:
            found.append(f"{one['requirement']} {one['key']} is new")
        elif was != now:
            names = ("verdict", "freshness", "waiver", "runs under way")
            parts = [
                name for name, a, b in zip(names, was.split("/"), now.split("/"), strict=False) if a != b
            ]
            found.append(f"{one['requirement']} {one['key']}: {', '.join(parts)}")
    return found


def inputs_of(digest: str) -> str:
    """What a recorded decision with this digest rested on, in short; empty when none was recorded. One query."""
    decision = GateDecision.objects.filter(digest=digest).first()
    return seen_inputs(decision.body["inputs"]) if decision else ""
