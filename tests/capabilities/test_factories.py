import pytest

from capabilities.services.verifications import recheck_reasons
from tests.factories.capabilities import (
    make_baseline,
    make_evidence,
    make_requirement,
    make_verdict,
    make_waiver,
)

pytestmark = pytest.mark.django_db


def test_rows_made_together_belong_together() -> None:
    verification = make_evidence(4, against="competitors", threshold=None)
    requirement = verification.criterion.revision.requirement
    baseline = make_baseline(requirements=[requirement], closed=True)
    verdict = make_verdict(verification)
    waiver = make_waiver(requirement)

    assert recheck_reasons(verification) == []
    assert baseline.items.get().revision == verification.criterion.revision
    assert verdict.run.evaluation_version == verification.evaluation_version
    assert waiver.criterion_key == verification.criterion.key
    assert verification.criterion.rival_set == requirement.product.rival_sets.get()


def test_a_draft_keeps_its_criteria_open() -> None:
    requirement = make_requirement(criteria=[{"threshold": 0.8}, {"not_measurable_reason": "No cases yet."}])

    assert [criterion.key for criterion in requirement.revisions.get().criteria.all()] == ["AC-1", "AC-2"]
