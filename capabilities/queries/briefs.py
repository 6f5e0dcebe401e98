"""A requirement told on one page to somebody who was not there: what it asks, whether it holds, what fails, what would settle it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capabilities.models import Criterion, Requirement, Verdict, VerdictLine
from capabilities.queries.criterion_words import criterion_words, newest_scorers
from capabilities.queries.expectations import Reading, expectations_for
from capabilities.queries.products import JudgedVersions
from capabilities.queries.release_rows import is_difference, range_words
from capabilities.queries.requirement_page import sentence_of
from capabilities.queries.states import CriterionState, RequirementState, requirement_states
from config.words import FRESHNESS, TRENDS, difference, range_text, score, verdict_label
from evaluations.models import Run, ScorerVersion
from evaluations.queries.case_filters import CaseFilter, case_counts
from evaluations.queries.case_rows import CaseRow, case_rows

SHOWN_SAMPLES, SHOWN_SLICES = 5, 3


@dataclass(frozen=True)
class FailingSamples:
    """The first failing cases of a criterion's run. content: whether what was asked and answered may be told."""

    run: Run
    scorer: ScorerVersion
    failed: int
    rows: Sequence[CaseRow]
    content: bool

    @property
    def told(self) -> list[dict[str, Any]]:
        """Key, hash and score of each; with the content where it may be read."""
        return [self._told(row) for row in self.rows]

    def _told(self, row: CaseRow) -> dict[str, Any]:
        first = row.ours[0] if row.ours else None
        found = first.score(self.scorer.scorer.slug) if first else None
        told: dict[str, Any] = {
            "case": row.key,
            "hash": row.hash,
            "score": score(found.value, found.unit) if found else "none",
        }
        if self.content:
            told |= {"input": row.input, "target": row.target, "output": first.output if first else None}
        return told


def briefs(requirements: Sequence[Requirement], versions: JudgedVersions) -> list[dict[str, Any]]:
    """A brief of each (product, capability, objective and owner loaded), without samples. At most 23 queries, however many."""
    return briefs_of(requirement_states(requirements, versions))


def briefs_of(states: Sequence[RequirementState]) -> list[dict[str, Any]]:
    """At most seven queries."""
    criteria = [one.criterion for state in states for one in state.criteria]
    scorers = newest_scorers(one.scorer_id for one in criteria if one.scorer_id)
    expected = expectations_for(states)
    return [_brief(state, scorers, expected) for state in states]


def _brief(
    state: RequirementState,
    scorers: Mapping[int, ScorerVersion],
    expected: Mapping[int, Sequence[Reading]],
) -> dict[str, Any]:
    requirement, revision = state.requirement, state.revision
    return {
        "key": requirement.key,
        "title": revision.title,
        "product": requirement.product.name,
        "revision": revision.number,
        "lifecycle": requirement.get_lifecycle_display(),
        "self_agreed": revision.self_agreed,
        "loosened_after_miss": revision.loosened_after_miss,
        "priority": requirement.get_priority_display(),
        "intent": requirement.get_intent_display(),
        "kind": requirement.get_kind_display(),
        "owner": requirement.owner.shown_name if requirement.owner else "",
        "target": requirement.target,
        "capability": requirement.capability.name if requirement.capability else "",
        "objective": requirement.objective.title if requirement.objective else "",
        "version": state.version.label if state.version else None,
        "outcome": state.outcome,
        "verdict": verdict_label(state.outcome, state.lean),
        "statement": sentence_of(revision),
        "rationale": revision.rationale,
        "out_of_scope": revision.out_of_scope,
        "examples": revision.examples,
        "criteria": [
            _criterion(one, scorers) | {"expected": _expected(expected.get(one.criterion.pk, ()))}
            for one in state.criteria
        ],
        "research": requirement.get_commitment_display(),
        "research_reason": requirement.commitment_reason,
    }


def _criterion(one: CriterionState, scorers: Mapping[int, ScorerVersion]) -> dict[str, Any]:
    criterion, link = one.criterion, one.verification
    version = link.evaluation_version if link else None
    return {
        "key": criterion.key,
        "words": criterion_words(criterion, scorers.get(criterion.scorer_id or 0)),
        "must": criterion.must,
        "not_measurable_reason": criterion.not_measurable_reason,
        "outcome": one.outcome,
        "verdict": verdict_label(one.outcome, one.lean),
        "trend": TRENDS[one.trend][1] if one.trend in TRENDS and one.trend != "unknown" else "",
        "freshness": FRESHNESS.get(one.freshness, ""),
        "recheck": list(one.reasons),
        "evaluation": str(version) if version else None,
        "cases": version.dataset_version.case_count if version else None,
        "dataset": version.dataset_version.dataset.name if version else None,
        "purpose": version.dataset_version.dataset.purpose if version else None,
        "waived": f"until {one.waiver.expires_on.isoformat()}: {one.waiver.reason}" if one.waiver else "",
        **_found(one),
    }


def _expected(said: Sequence[Reading]) -> list[dict[str, Any]]:
    return [
        {
            "who": one.expectation.author.shown_name,
            "of": one.of,
            "state": one.standing,
            "sure": one.expectation.confidence,
            "sentence": one.sentence,
            "note": one.expectation.note,
        }
        for one in said
    ]


def _found(one: CriterionState) -> dict[str, Any]:
    """What the verdict says; the same names without one."""
    verdict = one.verdict
    others = [line for line in one.lines if line.kind != VerdictLine.Kind.SLICE]
    return {
        "sentence": verdict.sentence if verdict else "",
        "range": range_words(verdict, difference=is_difference(one.criterion)) if verdict else "",
        "n": verdict.n if verdict else 0,
        "run": verdict.run_id if verdict else None,
        "on": verdict.run.finished_at.date().isoformat() if verdict and verdict.run.finished_at else "",
        "settles": settling(one),
        "gaps": [_gap(line, verdict) for line in others] if verdict else [],
        "weakest": [_slice(line, verdict.unit) for line in weakest(one)] if verdict else [],
    }


def _gap(line: VerdictLine, verdict: Verdict) -> dict[str, str]:
    unit, ends = verdict.unit, (verdict.as_shown(line.low), verdict.as_shown(line.high))
    shown = difference(line.point, unit) if line.point is not None else ""
    return {
        "kind": line.get_kind_display(),
        "name": line.label,
        "gap": shown,
        "range": range_text(*ends, unit, True) if line.point is not None else "",
        "sentence": line.sentence,
    }


def _slice(line: VerdictLine, unit: str) -> dict[str, Any]:
    return {
        "slice": line.label,
        "value": score(line.point, unit),
        "range": range_text(line.low, line.high, unit),
        "n": line.n,
    }


def weakest(one: CriterionState) -> list[VerdictLine]:
    """The slices furthest from good; where lower is better the highest."""
    lines = [line for line in one.lines if line.kind == VerdictLine.Kind.SLICE and line.point is not None]
    higher = one.verdict.detail.get("higher_is_better", True) if one.verdict else True
    return sorted(lines, key=lambda line: (line.point or 0.0) if higher else -(line.point or 0.0))[
        :SHOWN_SLICES
    ]


def unmeasured(criterion: Criterion, evaluation: str) -> str:
    """What would measure a criterion that was not. evaluation: the newest that is linked to it, empty without one."""
    if not criterion.measurable:
        return "A way to measure it."
    return f"A run of {evaluation} on this version." if evaluation else "An evaluation that measures it."


def settling(one: CriterionState) -> str:
    """What would settle a criterion that is not decided."""
    verdict, criterion = one.verdict, one.criterion
    if not criterion.measurable or one.verification is None:
        return unmeasured(criterion, "")
    if verdict is None:
        return unmeasured(criterion, str(one.verification.evaluation_version))
    if one.outcome != "inconclusive":
        return ""
    if verdict.detail.get("never_settles"):
        return "More cases would not settle it while the value lies on the target; a clearer target or a better model would."
    allowance = str(verdict.detail.get("allowance") or "")
    if verdict.needed_n and verdict.needed_n > verdict.n:
        return f"About {verdict.needed_n:,} cases in all; {verdict.n:,} were run. {allowance}".strip()
    return allowance


def failing_samples(state: RequirementState, *, may_read_test: bool) -> dict[str, FailingSamples]:
    """By criterion key, of those with a verdict. About eight queries for each criterion."""
    found = {}
    for one in state.criteria:
        verdict, link = one.verdict, one.verification
        if verdict is None or link is None or one.criterion.scorer_id is None:
            continue
        scorer = (
            ScorerVersion.objects.filter(
                evaluation_versions=link.evaluation_version, scorer=one.criterion.scorer_id
            )
            .select_related("scorer")
            .first()
        )
        if scorer is None:
            continue
        content = may_read_test or link.evaluation_version.dataset_version.dataset.purpose != "test"
        part = (one.criterion.slice_name, one.criterion.slice_value) if one.criterion.slice_name else None
        wanted = CaseFilter(verdict.run, scorer, part=part)
        failed = case_counts(wanted)["failed"]
        rows = case_rows(wanted, "failed", limit=SHOWN_SAMPLES, content=content) if failed else []
        found[one.criterion.key] = FailingSamples(verdict.run, scorer, failed, rows, content)
    return found


def with_samples(brief: dict[str, Any], found: Mapping[str, FailingSamples]) -> dict[str, Any]:
    """The brief with what fails beside each criterion."""
    criteria = []
    for one in brief["criteria"]:
        samples = found.get(one["key"])
        told = (
            {"failed": samples.failed, "content": samples.content, "shown": samples.told} if samples else None
        )
        criteria.append({**one, "samples": told})
    return {**brief, "criteria": criteria}
