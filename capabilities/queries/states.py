"""Where requirements stand for one version: every criterion with its evidence, newest verdict and axes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from capabilities.models import Criterion, Requirement, Revision, Verdict, VerdictLine, Verification, Waiver
from capabilities.queries.axes import (
    COVERAGE_WORST_FIRST,
    FRESHNESS_WORST_FIRST,
    Coverage,
    Freshness,
    Newest,
    coverage_of,
    freshness_of,
    last_moment,
    oldest_evidence,
    stamp_differences,
    waiver_for,
)
from capabilities.queries.products import JudgedVersions
from capabilities.queries.state_rows import StateRows, load_rows
from evaluations.models import EvaluationVersion, ModelVersion
from evaluations.statistics import RollUp, Trend, roll_up, worst_trend

# Reasons beside which a range still tells something: none, or that it lies on both sides of what was asked.
TELLING = ("", "straddles")
# What a waiver can accept.
WAIVABLE = frozenset({"not_met", "inconclusive"})


@dataclass(frozen=True)
class CriterionState:
    """A criterion for one version. outcome: met, not_met, inconclusive, no_data; reasons: why a re-check is needed."""

    criterion: Criterion
    verification: Verification | None
    verdict: Verdict | None
    lines: Sequence[VerdictLine]
    outcome: str
    lean: str
    trend: str
    freshness: Freshness
    reasons: Sequence[str]
    coverage: Coverage
    waiver: Waiver | None

    @property
    def waived(self) -> bool:
        return self.waiver is not None and self.outcome in WAIVABLE

    @property
    def rivals(self) -> list[VerdictLine]:
        return [line for line in self.lines if line.kind == VerdictLine.Kind.RIVAL]


@dataclass(frozen=True)
class Gap:
    """How far ours is from the nearest rival (or, without rivals, from the target), in the scorer's unit; positive is ours ahead.

    supported: the range leaves zero out, and nothing else forbids to say so, such as too much that is missing. low, high: as shown.
    """

    point: float
    low: float | None
    high: float | None
    unit: str
    against: str
    supported: bool


@dataclass(frozen=True)
class RequirementState:
    """A requirement for one version, rolled up over its must criteria."""

    requirement: Requirement
    revision: Revision
    version: ModelVersion | None
    criteria: Sequence[CriterionState]
    outcome: str
    lean: str
    trend: str
    freshness: Freshness
    coverage: Coverage
    waived: bool
    pending: bool = False
    gap: Gap | None = None
    draft: Revision | None = None


def requirement_states(
    requirements: Iterable[Requirement],
    versions: JudgedVersions,
    now: datetime | None = None,
    pinned: Mapping[int, Revision] | None = None,
    *,
    bare: bool = False,
) -> list[RequirementState]:
    """The states of requirements (product loaded), in their order, each for the version of its kind.

    pinned: by requirement id the revision to speak of, such as a baseline's; else the approved one. bare: for rows of a list, which
    say little of what they rest on (`load_rows`). At most ten queries, however many there are.
    """
    wanted = list(requirements)
    now = now or timezone.now()
    return states_over(wanted, versions, load_rows(wanted, versions.all, pinned, bare=bare), now)


def states_over(
    requirements: Iterable[Requirement], versions: JudgedVersions, rows: StateRows, now: datetime
) -> list[RequirementState]:
    """The states that loaded rows give, each for the version of the requirement's kind. No query."""
    found = []
    for requirement in requirements:
        version = rows.first_judged(requirement, versions.choices(requirement.kind))
        found.append(_state(requirement, version, _evidence(requirement, rows), rows, now))
    return found


def states_by_version(
    requirements: Iterable[Requirement], now: datetime | None = None
) -> Iterator[RequirementState]:
    """For each requirement (product loaded) its state for no version, which speaks of all that never judged it, and for every
    version that has a verdict. Ten queries, however many there are.
    """
    wanted = list(requirements)
    now = now or timezone.now()
    rows = load_rows(wanted, None, bare=True)
    for requirement in wanted:
        if requirement.pk in rows.shown:
            evidence = _evidence(requirement, rows)
            for version in (None, *rows.judged_versions(requirement)):
                yield _state(requirement, version, evidence, rows, now)


@dataclass(frozen=True)
class _Evidence:
    """A criterion, what is linked to it, and by link why that needs a re-check: the same for every version."""

    criterion: Criterion
    links: Sequence[Verification]
    reasons: Mapping[int, Sequence[str]]


def _evidence(requirement: Requirement, rows: StateRows) -> list[_Evidence]:
    """Of each criterion of the revision shown."""
    found, dependencies = [], rows.dependencies.get(requirement.pk, ())
    for criterion in rows.criteria[rows.shown[requirement.pk].pk]:
        links = rows.links[criterion.pk]
        reasons = {
            link.pk: stamp_differences(
                link.stamp, present_stamp(criterion, link.evaluation_version, rows.newest), dependencies
            )
            for link in links
        }
        found.append(_Evidence(criterion, links, reasons))
    return found


def _state(
    requirement: Requirement,
    version: ModelVersion | None,
    evidence: Iterable[_Evidence],
    rows: StateRows,
    now: datetime,
) -> RequirementState:
    revision = rows.shown[requirement.pk]
    found = [_criterion_state(one, requirement, version, rows, now) for one in evidence]
    return _requirement_state(requirement, revision, version, found, rows.draft(requirement))


def holds_until(state: RequirementState) -> datetime | None:
    """The last moment at which nothing but time has changed the state: evidence grows old, a waiver that counts ends. No query."""
    must = [one for one in state.criteria if one.criterion.must]
    age = timedelta(days=state.requirement.product.evidence_max_age_days)
    ends = [
        oldest + age
        for one in must
        if one.verdict and one.freshness == "fresh" and (oldest := oldest_evidence(one.verdict))
    ]
    ends += [last_moment(one.waiver.expires_on) for one in must if one.waiver and one.waived]
    return min(ends, default=None)


def present_stamp(criterion: Criterion, evaluation: EvaluationVersion, newest: Newest) -> dict[str, object]:
    """What `stamp_of` of the services would say now, from loaded numbers."""
    return stamp_now(criterion, evaluation.evaluation_id, evaluation.dataset_version.dataset_id, newest)


def stamp_now(criterion: Criterion, evaluation: int, dataset: int, newest: Newest) -> dict[str, object]:
    """The same by the ids of an evaluation and its dataset."""
    return {
        "criterion": criterion.fingerprint,
        "evaluation": newest.evaluations.get(evaluation),
        "dataset": newest.datasets.get(dataset),
        "scorer": newest.scorers.get(criterion.scorer_id) if criterion.scorer_id else None,
    }


def _criterion_state(
    evidence: _Evidence,
    requirement: Requirement,
    version: ModelVersion | None,
    rows: StateRows,
    now: datetime,
) -> CriterionState:
    criterion, version_id = evidence.criterion, version.pk if version else 0
    judged = [link for link in evidence.links if (link.pk, version_id) in rows.verdicts]
    link = max(judged or evidence.links, key=lambda each: each.pk, default=None)
    verdict = rows.verdicts.get((link.pk, version_id)) if link else None
    reasons = evidence.reasons[link.pk] if link else []
    return CriterionState(
        criterion=criterion,
        verification=link,
        verdict=verdict,
        lines=rows.lines.get(verdict.pk, []) if verdict else [],
        outcome=verdict.outcome if verdict else "no_data",
        lean=verdict.lean if verdict else "",
        trend=verdict.trend if verdict else Trend.UNKNOWN,
        freshness=freshness_of(
            verdict, reasons, max_age_days=requirement.product.evidence_max_age_days, now=now
        ),
        reasons=reasons,
        coverage=coverage_of(criterion, linked=link is not None, judged=verdict is not None),
        waiver=waiver_for(rows.waivers[requirement.pk], criterion.key, version_id, now.date()),
    )


def _requirement_state(
    requirement: Requirement,
    revision: Revision,
    version: ModelVersion | None,
    criteria: Sequence[CriterionState],
    draft: Revision | None,
) -> RequirementState:
    must = [state for state in criteria if state.criterion.must]
    outcome = roll_up("waived" if state.waived else state.outcome for state in must)
    judged = [state for state in must if state.verdict]
    return RequirementState(
        requirement=requirement,
        revision=revision,
        version=version,
        criteria=criteria,
        outcome="no_data" if outcome == RollUp.NO_CRITERIA else str(outcome),
        lean=_lean(must) if outcome == RollUp.INCONCLUSIVE else "",
        trend=str(worst_trend(Trend(state.trend) for state in judged)) if judged else "",
        freshness=next(
            (word for word in FRESHNESS_WORST_FIRST if any(s.freshness == word for s in judged)), ""
        ),
        coverage=_coverage(must),
        waived=any(state.waived for state in must),
        pending=any(state.verdict.pending_confirmation for state in judged if state.verdict),
        gap=_gap(must),
        draft=draft,
    )


def _lean(must: Sequence[CriterionState]) -> str:
    leans = {state.lean for state in must if state.outcome == "inconclusive"}
    return "no" if "no" in leans else "yes" if leans == {"yes"} else ""


def _coverage(must: Sequence[CriterionState]) -> Coverage:
    seen = {state.coverage for state in must} or {"no_criterion"}
    return next(word for word in COVERAGE_WORST_FIRST if word in seen)


def _gap(criteria: Sequence[CriterionState]) -> Gap | None:
    """The smallest lead over a rival among the criteria, else the distance of the first judged criterion to its target."""
    rivals = [
        (_ahead(state.verdict, line.point, line.low, line.high), line, state.verdict)
        for state in criteria
        for line in state.rivals
        if line.point is not None and state.verdict
    ]
    if rivals:
        (point, low, high), line, judged = min(rivals, key=lambda found: found[0][0])
        gap = _gap_of(point, judged.as_shown(low), judged.as_shown(high), judged.unit, line.label)
        return replace(gap, supported=stands(line))
    for state in criteria:
        verdict, threshold = state.verdict, state.criterion.threshold
        if verdict and verdict.point is not None and threshold is not None:
            return _target_gap(verdict, threshold)
    return None


def stands(line: VerdictLine) -> bool:
    """Whether the difference to another model may be told as one: the range leaves zero out, and enough of both sides is there."""
    if line.low is None or line.high is None or line.detail.get("reason", "") not in TELLING:
        return False
    return line.low > 0 or line.high < 0


def _target_gap(verdict: Verdict, threshold: float) -> Gap | None:
    low, high = (end - threshold if end is not None else None for end in (verdict.low, verdict.high))
    gap = _gap_of(*_ahead(verdict, (verdict.point or 0.0) - threshold, low, high), verdict.unit, "target")
    return gap if verdict.reason in TELLING else replace(gap, supported=False)


def _ahead(
    verdict: Verdict, point: float, low: float | None, high: float | None
) -> tuple[float, float | None, float | None]:
    """A difference turned so that positive is ours ahead; where lower is better the ends change places."""
    if verdict.detail.get("higher_is_better", True):
        return point, low, high
    return -point, None if high is None else -high, None if low is None else -low


def _gap_of(point: float, low: float | None, high: float | None, unit: str, against: str) -> Gap:
    supported = low is not None and high is not None and (low > 0 or high < 0)
    return Gap(point, low, high, unit, against, supported)
