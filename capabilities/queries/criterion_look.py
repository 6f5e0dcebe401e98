"""A criterion as it stands in the editor, beside the cases and the models at hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from capabilities.lint import Finding, criterion_findings, evidence_findings
from capabilities.models import Criterion
from capabilities.queries.criterion_words import criterion_words
from capabilities.queries.planning import Decides, cases_in, decides
from capabilities.queries.shown_so_far import NOTHING, SoFar, shown_so_far
from evaluations.models import DatasetVersion, EvaluationVersion, ScorerVersion

SLICES_SHOWN, CASES_SHOWN = 60, 20


@dataclass(frozen=True)
class SliceThere:
    name: str
    value: str
    cases: int

    @property
    def text(self) -> str:
        return f"{self.name} = {self.value}"


@dataclass(frozen=True)
class Look:
    """words: the criterion as a sentence. evaluation: whose cases and runs were looked at; linked: whether it was chosen. found: cases."""

    words: str
    decides: Decides | None
    findings: Sequence[Finding]
    so_far: SoFar
    evaluation: EvaluationVersion | None = None
    chosen: bool = False
    slices: Sequence[SliceThere] = ()
    found: Sequence[str] = ()
    found_in_all: int = 0


@dataclass(frozen=True)
class Asked:
    """What the editor knows beside the criterion. cases: planned; expected: the value believed in; search: part of a case's key."""

    evaluation: EvaluationVersion | None = None
    cases: int | None = None
    expected: float | None = None
    search: str = ""


def look_at(criterion: Criterion, scorer: ScorerVersion | None, asked: Asked) -> Look:
    """The criterion need not be saved. Without a chosen evaluation the newest that has its check stands in. At most thirteen queries."""
    if not criterion.measurable or criterion.scorer_id is None or scorer is None:
        return Look("", None, [], NOTHING)
    evaluation = asked.evaluation or newest_with(criterion.scorer_id)
    part = (criterion.slice_name, criterion.slice_value)
    there = cases_in(evaluation, *part)
    chosen = asked.evaluation is not None
    cases = asked.cases or (there if chosen else None)
    so_far = shown_so_far(criterion, scorer, evaluation)
    findings = [
        *criterion_findings(criterion),
        *evidence_findings(criterion, scorer, asked.evaluation, cases, so_far),
    ]
    version = evaluation.dataset_version if evaluation else None
    named = version is not None and criterion.statistic == Criterion.Statistic.PASS_ALL
    found = cases_found(version, part, asked.search) if version and named else ([], 0)
    return Look(
        words=criterion_words(criterion, scorer),
        decides=decides(criterion, scorer, cases, asked.expected, so_far),
        findings=sorted(findings, key=lambda finding: not finding.blocks),
        so_far=so_far,
        evaluation=evaluation,
        chosen=chosen,
        slices=slices_in(version) if version else (),
        found=found[0],
        found_in_all=found[1],
    )


def newest_with(scorer_id: int) -> EvaluationVersion | None:
    """The newest frozen evaluation version that has a check. One query."""
    return (
        EvaluationVersion.objects.filter(scorers__scorer=scorer_id, frozen_at__isnull=False)
        .select_related("evaluation", "dataset_version__dataset")
        .order_by("-frozen_at", "-pk")
        .first()
    )


def slices_in(version: DatasetVersion) -> list[SliceThere]:
    """The slices its cases are in, with how many, by name and size. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT part.key, part.value, count(*) FROM evaluations_datasetversioncase AS entry"
            " JOIN evaluations_case AS one ON one.id = entry.case_id, jsonb_each_text(one.slices) AS part"
            " WHERE entry.version_id = %s GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2 LIMIT %s",
            [version.pk, SLICES_SHOWN],
        )
        return [SliceThere(*row) for row in cursor.fetchall()]


def cases_found(version: DatasetVersion, part: tuple[str, str], search: str) -> tuple[list[str], int]:
    """Keys of the first cases of a slice (or of all) whose key holds the text, and how many there are in all. Two queries."""
    rows = version.entries.order_by("position")
    if part[0]:
        rows = rows.filter(case__slices__contains={part[0]: part[1]})
    if search:
        rows = rows.filter(key__icontains=search)
    return list(rows.values_list("key", flat=True)[:CASES_SHOWN]), rows.count()
