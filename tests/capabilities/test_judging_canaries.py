"""A verdict on cases that a model has seen says so; the gate repeats its sentence."""

import pytest

from capabilities.services.judging import judge_run
from evaluations.models import Run
from tests.factories.capabilities import make_evidence
from tests.factories.evaluations import make_finished_run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("answers", [0, 2])
def test_a_contaminated_run_marks_its_verdict_as_suspect(answers: int) -> None:
    evidence = make_evidence(100, threshold=0.5)
    run = make_finished_run([1.0] * 100, evidence.evaluation_version)
    Run.objects.filter(pk=run.pk).update(canary_seen={"answers": answers, "cases": ["case-0"][:answers]})
    (verdict,) = judge_run(run)
    assert ("Suspect: " in verdict.sentence) is bool(answers)
    assert verdict.detail.get("contaminated", []) == ([run.pk] if answers else [])
