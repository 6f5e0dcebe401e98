"""What is wrong with a requirement before anybody measures it: errors block review, warnings advise, each with the fix."""

from capabilities.lint.criteria import criterion_findings, instead_of_perfect, refusals
from capabilities.lint.evidence import evidence_findings
from capabilities.lint.findings import Finding, Repair
from capabilities.lint.revisions import lint_revision
from capabilities.lint.statements import statement_findings, two_abilities

__all__ = [
    "Finding",
    "Repair",
    "criterion_findings",
    "evidence_findings",
    "instead_of_perfect",
    "lint_revision",
    "refusals",
    "statement_findings",
    "two_abilities",
]
