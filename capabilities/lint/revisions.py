"""A whole revision: statement, reasons, criteria and their evidence."""

from capabilities.lint.criteria import criterion_findings
from capabilities.lint.findings import Finding
from capabilities.lint.statements import statement_findings
from capabilities.models import Criterion, Revision


def lint_revision(revision: Revision) -> list[Finding]:
    """Everything to mend in a revision, errors first. Up to four queries for each criterion."""
    conditions = " ".join((revision.while_part, revision.when_part, revision.where_part, revision.if_part))
    findings = statement_findings(revision.shall, conditions)
    if not revision.rationale.strip():
        findings.append(
            Finding(
                "no_rationale", "rationale", "Say why it matters, so that others can weigh it.", blocks=True
            )
        )
    criteria = list(
        revision.criteria.select_related("scorer").prefetch_related("verifications__evaluation_version")
    )
    if not criteria:
        sentence = "Add a criterion, or one marked “not measurable yet” with the reason."
        findings.append(Finding("no_criterion", "criteria", sentence, blocks=True))
    for criterion in criteria:
        findings.extend(_named(criterion))
    return sorted(findings, key=lambda finding: not finding.blocks)


def _named(criterion: Criterion) -> list[Finding]:
    findings = [*criterion_findings(criterion), *_evidence(criterion)]
    return [
        Finding(
            finding.code,
            f"{criterion.key}.{finding.field}",
            f"{criterion.key}: {finding.sentence}",
            finding.blocks,
        )
        for finding in findings
    ]


def _evidence(criterion: Criterion) -> list[Finding]:
    if not criterion.measurable or criterion.scorer is None:
        return []
    found = []
    for verification in criterion.verifications.all():
        evaluation = verification.evaluation_version
        slugs = list(evaluation.evaluation_scorers.values_list("slug", flat=True))
        if criterion.scorer.slug not in slugs:
            sentence = (
                f"{evaluation} does not use the scorer {criterion.scorer.slug}. Link an evaluation that does."
            )
            found.append(Finding("scorer_missing", "evidence", sentence, blocks=True))
    if not criterion.verifications.all():
        found.append(
            Finding(
                "not_linked",
                "evidence",
                "No evaluation measures this yet. Link one, or press “Measure this”.",
            )
        )
    return found
