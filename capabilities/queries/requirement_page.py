"""Everything the page of one requirement shows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from capabilities.lint import Finding, lint_revision
from capabilities.models import (
    BaselineItem,
    Criterion,
    ProblemRequirement,
    Remark,
    Requirement,
    Revision,
    RivalSet,
    Verdict,
    VerdictLine,
    Verification,
    Waiver,
)
from capabilities.queries.activity import Event, of_requirement
from capabilities.queries.criterion_claims import claims_on, measure_of
from capabilities.queries.criterion_words import criterion_words, newest_scorers, unit_of_criterion
from capabilities.queries.expectations import Reading, expectations_for
from capabilities.queries.gap_charts import GapChart, expected_ranges, gap_chart
from capabilities.queries.loosening import loosened_criteria
from capabilities.queries.problems import problems_of
from capabilities.queries.products import JudgedVersions
from capabilities.queries.release_rows import is_difference
from capabilities.queries.remarks import remarks_of
from capabilities.queries.reviews import ReviewState, review_state
from capabilities.queries.states import CriterionState, RequirementState, requirement_states
from config.words import FRACTIONS
from evaluations.models import NOT_EVIDENCE, EvaluationVersion, Run, ScorerVersion
from evaluations.queries.claimed_scores import Beside
from evaluations.statistics import noticeable

EVIDENCE_SHOWN = 40
AUDIT_SHOWN = 20
STATEMENT = (
    ("while_part", "While"),
    ("when_part", "When"),
    ("where_part", "Where"),
    ("if_part", "If"),
)


@dataclass(frozen=True)
class CriterionCard:
    """A criterion with its words, its chart and the version of its evaluation to move to, if there is a newer one.

    run: the newest run of its evidence on the judged version, told of while there is no verdict. expectations: of that version, and of
    its model's next one; may_expect: whether more may be said; expect_unit: what a range is typed in.
    claims: what vendors claim of the same measure, counted by no verdict.
    """

    state: CriterionState
    words: str
    chart: GapChart | None
    newer: EvaluationVersion | None
    run: Run | None
    expectations: Sequence[Reading] = ()
    may_expect: bool = False
    expect_unit: str = ""
    claims: Sequence[Beside] = ()

    @property
    def answered(self) -> bool:
        """Whether the judged version has answered cases of its evidence: too late to expect something of it."""
        return self.state.verdict is not None or (
            self.run is not None and (self.run_is_over or self.run.done > 0)
        )

    @property
    def claim_measure(self) -> str:
        """How the form of a claim names what this criterion measures; empty where no claim can speak of it."""
        link, scorer = self.state.verification, self.state.criterion.scorer
        if link is None or scorer is None or None in measure_of(self.state):
            return ""
        return f"{link.evaluation_version.evaluation.slug}.{scorer.slug}"

    @property
    def run_is_over(self) -> bool:
        return self.run is not None and self.run.state in {Run.State.DONE, Run.State.PARTIAL}

    @property
    def smallest_gap(self) -> float | None:
        """What these cases would show; None where it would have to be larger than any can be."""
        detail = self.state.verdict.detail if self.state.verdict else {}
        return noticeable(detail.get("mde"), detail.get("widest"))

    @property
    def others(self) -> list[VerdictLine]:
        return [line for line in self.state.lines if line.kind != VerdictLine.Kind.SLICE]

    @property
    def slices(self) -> list[VerdictLine]:
        return [line for line in self.state.lines if line.kind == VerdictLine.Kind.SLICE]


@dataclass(frozen=True)
class EvidenceRow:
    """A run behind a verdict, ours or another's. criteria: the keys it speaks for; measure: what of the run it shows."""

    criteria: str
    measure: tuple[object, ...]
    evaluation: EvaluationVersion
    version: str
    side: str
    outcome: str
    point: float | None
    low: float | None
    high: float | None
    unit: str
    n: int
    cost: Decimal | None
    currency: str
    at: datetime | None
    run_id: int


@dataclass(frozen=True)
class RequirementPage:
    """open: the draft or the revision in review, where there is one; findings: what is to be mended in it; review: its answers.

    agreed_by: the answers behind the approved revision.
    """

    requirement: Requirement
    state: RequirementState
    parts: Sequence[tuple[str, str]]
    cards: Sequence[CriterionCard]
    evidence: Sequence[EvidenceRow]
    revisions: Sequence[Revision]
    open: Revision | None
    findings: Sequence[Finding]
    review: ReviewState | None
    agreed_by: ReviewState | None
    waivers: Sequence[Waiver]
    baselines: Sequence[BaselineItem]
    rival_sets: Sequence[RivalSet]
    deeds: Sequence[Event]
    loosened: Mapping[int, Sequence[str]]
    problems: Sequence[ProblemRequirement]
    remarks: Sequence[Remark]

    @property
    def history(self) -> list[tuple[Revision, Sequence[str]]]:
        """Revisions, the newest first, each with the criteria it loosened after a miss."""
        return [(revision, self.loosened.get(revision.pk, ())) for revision in self.revisions]

    @property
    def approvals(self) -> int:
        """That count for the open revision."""
        return self.review.approvals if self.review else 0

    @property
    def now(self) -> Revision:
        """What is edited next: the open revision, else the one the page shows."""
        return self.open or self.state.revision

    @property
    def to_measure(self) -> Criterion | None:
        """The criterion “Measure this” speaks of: the first that nothing measures yet, else the first of all."""
        measurable = [card.state for card in self.cards if card.state.criterion.measurable]
        unmeasured = [state for state in measurable if state.verification is None]
        return next((state.criterion for state in [*unmeasured, *measurable]), None)


def requirement_page(requirement: Requirement, versions: JudgedVersions) -> RequirementPage:
    """About forty queries, and up to eight for each criterion while a revision is open (its findings)."""
    state = requirement_states([requirement], versions)[0]
    revisions = list(requirement.revisions.select_related("author").order_by("-number"))
    opened = next((row for row in revisions if row.status in {"draft", "in_review"}), None)
    agreed = next((row for row in revisions if row.status == Revision.Status.APPROVED), None)
    return RequirementPage(
        requirement=requirement,
        state=state,
        parts=statement_parts(state.revision),
        cards=_cards(state),
        evidence=_evidence(state),
        revisions=revisions,
        open=opened,
        findings=lint_revision(opened) if opened else [],
        review=review_state(opened) if opened else None,
        agreed_by=review_state(agreed) if agreed else None,
        waivers=list(requirement.waivers.select_related("approver", "model_version__model")),
        baselines=list(
            requirement.baseline_items.select_related("baseline", "revision").order_by("-baseline__number")
        ),
        rival_sets=_rival_sets(state),
        deeds=of_requirement(requirement, AUDIT_SHOWN),
        loosened=loosened_criteria(revisions),
        problems=problems_of(requirement),
        remarks=remarks_of(requirement),
    )


def statement_parts(revision: Revision) -> list[tuple[str, str]]:
    """The EARS parts that are filled: keyword and text; “the model shall …” comes after them."""
    return [(keyword, getattr(revision, name)) for name, keyword in STATEMENT if getattr(revision, name)]


def sentence_of(revision: Revision) -> str:
    """The whole statement as one plain sentence."""
    conditions = "".join(f"{keyword} {text.strip()}, " for keyword, text in statement_parts(revision))
    sentence = f"{conditions}the model shall {revision.shall.strip()}"
    return sentence[0].upper() + sentence[1:] + ("" if sentence.endswith((".", "!", "?")) else ".")


def _cards(state: RequirementState) -> list[CriterionCard]:
    scorers = newest_scorers(one.criterion.scorer_id for one in state.criteria if one.criterion.scorer_id)
    newer = _newer_evaluations(state)
    runs = _runs_without_verdict(state)
    expected = expectations_for([state])
    claimed = claims_on(state.criteria, state.version)
    agreed = state.version is not None and state.revision.status == Revision.Status.APPROVED
    cards = []
    for one in state.criteria:
        scorer = scorers.get(one.criterion.scorer_id or 0)
        said = expected.get(one.criterion.pk, [])
        cards.append(
            CriterionCard(
                one,
                criterion_words(one.criterion, scorer),
                gap_chart(one, expected_ranges(said), claimed[one.criterion.pk]),
                _newer(one, newer),
                runs.get(one.verification.evaluation_version_id) if one.verification else None,
                said,
                may_expect=agreed and one.criterion.measurable,
                expect_unit=_typed_in(one.criterion, scorer),
                claims=claimed[one.criterion.pk],
            )
        )
    return cards


def _typed_in(criterion: Criterion, scorer: ScorerVersion | None) -> str:
    unit = unit_of_criterion(criterion, scorer)
    if unit not in FRACTIONS:
        return "" if unit == "number" else unit
    return "percentage points ours is ahead" if is_difference(criterion) else "%"


def _runs_without_verdict(state: RequirementState) -> dict[int, Run]:
    """The newest run of each evaluation version that has no verdict here for the judged version. One query."""
    waiting = {
        one.verification.evaluation_version_id
        for one in state.criteria
        if one.verification is not None and one.verdict is None
    }
    rows = (
        Run.objects.filter(evaluation_version__in=waiting, model_version=state.version)
        .exclude(origin__in=NOT_EVIDENCE)
        .exclude(state__in=[Run.State.FAILED, Run.State.CANCELLED])
    )
    return {run.evaluation_version_id: run for run in rows.order_by("id")}


def _newer_evaluations(state: RequirementState) -> dict[int, EvaluationVersion]:
    """The newest frozen version of each evaluation that measures something here. One query."""
    evaluations = {
        one.verification.evaluation_version.evaluation_id for one in state.criteria if one.verification
    }
    rows = EvaluationVersion.objects.filter(evaluation__in=evaluations, frozen_at__isnull=False)
    newest = rows.select_related("evaluation").order_by("evaluation_id", "-number").distinct("evaluation_id")
    return {version.evaluation_id: version for version in newest}


def _newer(one: CriterionState, newest: dict[int, EvaluationVersion]) -> EvaluationVersion | None:
    if one.verification is None:
        return None
    used = one.verification.evaluation_version
    found = newest.get(used.evaluation_id)
    return found if found and found.number > used.number else None


def _evidence(state: RequirementState) -> list[EvidenceRow]:
    """The newest verdict of each of our versions, of a training run of its last checkpoint only, and the others' runs behind the
    verdicts shown. Two queries.
    """
    links = {
        link.pk: (one.criterion, link) for one in state.criteria for link in one.criterion.verifications.all()
    }
    newest = (
        Verdict.objects.filter(verification__in=links)
        .select_related("run", "model_version__model")
        .order_by("verification_id", "model_version_id", "-id")
        .distinct("verification_id", "model_version_id")
    )
    rows = [_row(*links[verdict.verification_id], verdict) for verdict in _without_early_steps(newest, state)]
    rows += _others(state)
    return _once_a_run(rows)[:EVIDENCE_SHOWN]


def _without_early_steps(verdicts: Iterable[Verdict], state: RequirementState) -> list[Verdict]:
    """A training run has a page of its own; here its last checkpoint stands for it, and the version the page speaks of."""
    last: dict[tuple[int, int, str], Verdict] = {}
    found = []
    for verdict in verdicts:
        version = verdict.model_version
        if not version.training_run or version == state.version:
            found.append(verdict)
            continue
        key = (verdict.verification_id, version.model_id, version.training_run)
        known = last.get(key)
        if known is None or (version.step or 0, version.pk) > (
            known.model_version.step or 0,
            known.model_version_id,
        ):
            last[key] = verdict
    return [*found, *last.values()]


def _once_a_run(rows: Sequence[EvidenceRow]) -> list[EvidenceRow]:
    """One row for what several criteria read of the same run; ours first, newest first."""
    merged: dict[tuple[object, ...], EvidenceRow] = {}
    for row in sorted(rows, key=lambda row: (row.low is None, row.criteria)):
        key = (row.run_id, *row.measure)
        known = merged.get(key)
        merged[key] = replace(known, criteria=f"{known.criteria}, {row.criteria}") if known else row
    return sorted(merged.values(), key=lambda row: (row.criteria, row.side != "own", -row.run_id))


def _measure(criterion: Criterion) -> tuple[object, ...]:
    return (
        criterion.scorer_id,
        criterion.statistic,
        criterion.limit,
        criterion.slice_name,
        criterion.slice_value,
    )


def _row(criterion: Criterion, link: Verification, verdict: Verdict) -> EvidenceRow:
    """Ours. A comparison's verdict holds a difference; the table shows our own value."""
    compared = criterion.against != Criterion.Against.THRESHOLD
    return EvidenceRow(
        criteria=criterion.key,
        measure=_measure(criterion),
        evaluation=link.evaluation_version,
        version=verdict.model_version.label,
        side="own",
        outcome=verdict.outcome,
        point=verdict.detail.get("point_a") if compared else verdict.point,
        low=None if compared else verdict.low,
        high=None if compared else verdict.high,
        unit=verdict.unit,
        n=verdict.n,
        **_run_facts(verdict.run),
    )


def _run_facts(run: Run) -> dict[str, Any]:
    return {"cost": run.cost, "currency": run.currency, "at": run.finished_at, "run_id": run.pk}


def _others(state: RequirementState) -> list[EvidenceRow]:
    runs = Run.objects.in_bulk({line.run_id for one in state.criteria for line in one.lines if line.run_id})
    found = []
    for one in state.criteria:
        for line in one.lines:
            run = runs.get(line.run_id or 0)
            ours = line.kind in {VerdictLine.Kind.PREVIOUS, VerdictLine.Kind.RELEASED}
            if run is None or ours or one.verification is None or one.verdict is None:
                continue
            found.append(
                EvidenceRow(
                    criteria=one.criterion.key,
                    measure=_measure(one.criterion),
                    evaluation=one.verification.evaluation_version,
                    version=line.model_version.label if line.model_version else line.label,
                    side=line.kind,
                    outcome="",
                    point=line.their_point,
                    low=line.their_low,
                    high=line.their_high,
                    unit=one.verdict.unit,
                    n=line.n,
                    **_run_facts(run),
                )
            )
    return found


def _rival_sets(state: RequirementState) -> list[RivalSet]:
    """The sets its criteria are held against. Two queries."""
    ids = {one.criterion.rival_set_id for one in state.criteria if one.criterion.rival_set_id}
    return list(RivalSet.objects.filter(pk__in=ids).prefetch_related("entries"))
