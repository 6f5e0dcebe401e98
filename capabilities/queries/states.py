"""Where requirements stand for one version: every criterion with its evidence, newest verdict and axes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
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
    stamp_differences,
    waiver_for,
)
from capabilities.queries.products import JudgedVersions
from evaluations.models import DatasetVersion, EvaluationVersion, ModelVersion, ScorerVersion
from evaluations.statistics import RollUp, Trend, roll_up, worst_trend


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
        return self.waiver is not None and self.outcome in {"not_met", "inconclusive"}

    @property
    def rivals(self) -> list[VerdictLine]:
        return [line for line in self.lines if line.kind == VerdictLine.Kind.RIVAL]


@dataclass(frozen=True)
class Gap:
    """How far ours is from the nearest rival (or, without rivals, from the target), in the scorer's unit; positive is ours ahead."""

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
) -> list[RequirementState]:
    """The states of requirements (product loaded), in their order, each for the version of its kind.

    pinned: by requirement id the revision to speak of, such as a baseline's; else the approved one. At most nine queries, however
    many there are.
    """
    wanted = list(requirements)
    now = now or timezone.now()
    revisions = _revisions(wanted)
    shown = {key: _shown(rows) for key, rows in revisions.items()} | dict(pinned or {})
    criteria = _criteria([revision.pk for revision in shown.values()])
    verdicts = _newest_verdicts(criteria, versions.all)
    lines = _lines(verdicts.values())
    newest = _newest_numbers(criteria)
    waivers = _waivers(wanted)
    by_revision: dict[int, list[Criterion]] = defaultdict(list)
    for criterion in criteria:
        by_revision[criterion.revision_id].append(criterion)
    states = []
    for requirement in wanted:
        revision = shown[requirement.pk]
        version = _judged(by_revision[revision.pk], versions.choices(requirement.kind), verdicts)
        found = [
            _criterion_state(
                criterion, requirement, version, verdicts, lines, newest, waivers[requirement.pk], now
            )
            for criterion in by_revision[revision.pk]
        ]
        states.append(
            _requirement_state(
                requirement, revision, version, found, _draft(revisions[requirement.pk], revision)
            )
        )
    return states


def _judged(
    criteria: Sequence[Criterion], choices: Sequence[ModelVersion], verdicts: dict[tuple[int, int], Verdict]
) -> ModelVersion | None:
    """The first of the choices that has a verdict here, else the first."""
    links = [link.pk for criterion in criteria for link in criterion.verifications.all()]
    return next(
        (version for version in choices if any((link, version.pk) in verdicts for link in links)),
        next(iter(choices), None),
    )


def _revisions(requirements: Sequence[Requirement]) -> dict[int, list[Revision]]:
    rows: dict[int, list[Revision]] = defaultdict(list)
    for revision in (
        Revision.objects.filter(requirement__in=requirements)
        .exclude(status__in=[Revision.Status.SUPERSEDED, Revision.Status.DISCARDED])
        .select_related("author")
        .order_by("-number")
    ):
        rows[revision.requirement_id].append(revision)
    return rows


def _shown(revisions: Sequence[Revision]) -> Revision:
    """The approved revision, else the newest open one: what verdicts speak of."""
    return next(
        (revision for revision in revisions if revision.status == Revision.Status.APPROVED), revisions[0]
    )


def _draft(revisions: Sequence[Revision], shown: Revision) -> Revision | None:
    return next((revision for revision in revisions if revision.pk != shown.pk), None)


def _criteria(revision_ids: Sequence[int]) -> list[Criterion]:
    return list(
        Criterion.objects.filter(revision__in=revision_ids)
        .select_related("scorer", "rival_set")
        .prefetch_related(
            "verifications__evaluation_version__evaluation",
            "verifications__evaluation_version__dataset_version__dataset",
        )
        .order_by("position", "key")
    )


def _newest_verdicts(
    criteria: Sequence[Criterion], versions: Sequence[ModelVersion]
) -> dict[tuple[int, int], Verdict]:
    """Newest verdict by (verification, model version)."""
    ids = [verification.pk for criterion in criteria for verification in criterion.verifications.all()]
    if not versions or not ids:
        return {}
    rows = (
        Verdict.objects.filter(verification__in=ids, model_version__in=versions)
        .select_related("run", "model_version__model")
        .order_by("verification_id", "model_version_id", "-id")
        .distinct("verification_id", "model_version_id")
    )
    return {(verdict.verification_id, verdict.model_version_id): verdict for verdict in rows}


def _lines(verdicts: Iterable[Verdict]) -> dict[int, list[VerdictLine]]:
    rows: dict[int, list[VerdictLine]] = defaultdict(list)
    for line in VerdictLine.objects.filter(verdict__in=[verdict.pk for verdict in verdicts]).select_related(
        "model_version__model"
    ):
        rows[line.verdict_id].append(line)
    return rows


def _newest_numbers(criteria: Sequence[Criterion]) -> Newest:
    versions = [link.evaluation_version for criterion in criteria for link in criterion.verifications.all()]
    evaluations = EvaluationVersion.objects.filter(
        evaluation__in={version.evaluation_id for version in versions}
    )
    datasets = DatasetVersion.objects.filter(
        dataset__in={version.dataset_version.dataset_id for version in versions}, frozen_at__isnull=False
    )
    scorers = ScorerVersion.objects.filter(
        scorer__in={criterion.scorer_id for criterion in criteria if criterion.scorer_id}
    )
    return Newest(
        dict(evaluations.order_by().values_list("evaluation").annotate(newest=Max("number"))),
        dict(datasets.order_by().values_list("dataset").annotate(newest=Max("number"))),
        dict(scorers.order_by().values_list("scorer").annotate(newest=Max("number"))),
    )


def _waivers(requirements: Sequence[Requirement]) -> dict[int, list[Waiver]]:
    rows: dict[int, list[Waiver]] = defaultdict(list)
    for waiver in Waiver.objects.filter(requirement__in=requirements, revoked_at=None).select_related(
        "approver"
    ):
        rows[waiver.requirement_id].append(waiver)
    return rows


def present_stamp(criterion: Criterion, evaluation: EvaluationVersion, newest: Newest) -> dict[str, object]:
    """What `stamp_of` of the services would say now, from loaded numbers."""
    return {
        "criterion": criterion.fingerprint,
        "evaluation": newest.evaluations.get(evaluation.evaluation_id),
        "dataset": newest.datasets.get(evaluation.dataset_version.dataset_id),
        "scorer": newest.scorers.get(criterion.scorer_id) if criterion.scorer_id else None,
    }


def _criterion_state(  # noqa: PLR0913 - one row of each table that was loaded
    criterion: Criterion,
    requirement: Requirement,
    version: ModelVersion | None,
    verdicts: dict[tuple[int, int], Verdict],
    lines: dict[int, list[VerdictLine]],
    newest: Newest,
    waivers: Sequence[Waiver],
    now: datetime,
) -> CriterionState:
    links = list(criterion.verifications.all())
    version_id = version.pk if version else 0
    judged = [link for link in links if (link.pk, version_id) in verdicts]
    link = max(judged or links, key=lambda each: each.pk, default=None)
    verdict = verdicts.get((link.pk, version_id)) if link else None
    reasons = (
        stamp_differences(link.stamp, present_stamp(criterion, link.evaluation_version, newest))
        if link
        else []
    )
    return CriterionState(
        criterion=criterion,
        verification=link,
        verdict=verdict,
        lines=lines.get(verdict.pk, []) if verdict else [],
        outcome=verdict.outcome if verdict else "no_data",
        lean=verdict.lean if verdict else "",
        trend=verdict.trend if verdict else Trend.UNKNOWN,
        freshness=freshness_of(
            verdict, reasons, max_age_days=requirement.product.evidence_max_age_days, now=now
        ),
        reasons=reasons,
        coverage=coverage_of(criterion, linked=link is not None, judged=verdict is not None),
        waiver=waiver_for(waivers, criterion.key, version_id, now.date()),
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
        ahead, line, judged = min(rivals, key=lambda found: found[0][0])
        return _gap_of(*ahead, judged.unit, line.label)
    for state in criteria:
        verdict, threshold = state.verdict, state.criterion.threshold
        if verdict and verdict.point is not None and threshold is not None:
            return _target_gap(verdict, threshold)
    return None


def _target_gap(verdict: Verdict, threshold: float) -> Gap | None:
    low, high = (end - threshold if end is not None else None for end in (verdict.low, verdict.high))
    return _gap_of(*_ahead(verdict, (verdict.point or 0.0) - threshold, low, high), verdict.unit, "target")


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
