"""What is wrong with a requirement before anybody measures it: errors block review, warnings advise, each with the fix."""

from capabilities.lint.criteria import criterion_findings
from capabilities.lint.findings import Finding
from capabilities.lint.revisions import lint_revision
from capabilities.lint.statements import statement_findings

__all__ = ["Finding", "criterion_findings", "lint_revision", "statement_findings"]
