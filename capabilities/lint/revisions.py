"""A whole revision: statement, reasons, criteria and their evidence."""

from dataclasses import replace

from capabilities.lint.criteria import criterion_findings
from capabilities.lint.evidence import evidence_findings
from capabilities.lint.findings import Finding
from capabilities.lint.statements import statement_findings
from capabilities.models import Criterion, Revision
from capabilities.queries.criterion_words import newest_scorers
from capabilities.queries.planning import cases_in
from capabilities.queries.shown_so_far import NOTHING, shown_so_far
from evaluations.models import ScorerVersion


def lint_revision(revision: Revision) -> list[Finding]:
    """Everything to mend in a revision, errors first. Four queries, and up to eight for each criterion that is measured."""
    conditions = " ".join((revision.while_part, revision.when_part, revision.where_part, revision.if_part))
    findings = statement_findings(revision.shall, conditions)
    if not revision.rationale.strip():
        findings.append(
            Finding(
                "no_rationale",
                "rationale",
                "Nobody can weigh it yet.",
                "Say why it matters: what happens to people when a model cannot do it.",
                blocks=True,
            )
        )
    criteria = list(
        revision.criteria.select_related("scorer").prefetch_related(
            "verifications__evaluation_version__evaluation",
            "verifications__evaluation_version__dataset_version",
            "verifications__evaluation_version__evaluation_scorers",
        )
    )
    if not criteria:
        findings.append(
            Finding(
                "no_criterion",
                "criteria",
                "Nothing says when it is met.",
                "Add a criterion, or one marked “not measurable yet” with the reason.",
                blocks=True,
            )
        )
    scorers = newest_scorers(one.scorer_id for one in criteria if one.scorer_id)
    for criterion in criteria:
        findings.extend(_named(criterion, scorers.get(criterion.scorer_id or 0)))
    return sorted(findings, key=lambda finding: not finding.blocks)


def _named(criterion: Criterion, scorer: ScorerVersion | None) -> list[Finding]:
    findings = [*criterion_findings(criterion), *_evidence(criterion, scorer)]
    return [
        replace(
            finding, field=f"{criterion.key}.{finding.field}", sentence=f"{criterion.key}: {finding.sentence}"
        )
        for finding in findings
    ]


def _evidence(criterion: Criterion, scorer: ScorerVersion | None) -> list[Finding]:
    if not criterion.measurable or criterion.scorer is None:
        return []
    links = list(criterion.verifications.all())
    if not links:
        return [
            Finding(
                "not_linked",
                "evidence",
                "No evaluation measures this yet.",
                "Link one, or press “Measure this”.",
            ),
            *evidence_findings(criterion, scorer, None, None, NOTHING),
        ]
    found: dict[str, Finding] = {}
    for link in links:
        version = link.evaluation_version
        cases = cases_in(version, criterion.slice_name, criterion.slice_value)
        so_far = shown_so_far(criterion, scorer, version)
        for finding in evidence_findings(criterion, scorer, version, cases, so_far):
            found.setdefault(finding.code, finding)
    return list(found.values())
