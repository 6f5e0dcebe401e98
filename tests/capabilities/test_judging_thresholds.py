from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from capabilities.models import JudgedRun, Verdict
from capabilities.services.judging import judge_run, judge_verification
from evaluations.models import Run
from tests.factories.capabilities import approve_revision, make_criterion, make_evidence, make_verification
from tests.factories.evaluations import make_evaluation_version, make_finished_run, make_model_version

pytestmark = pytest.mark.django_db


def finished(verification: Any, scores: Any, **fields: Any) -> Run:
    return make_finished_run(scores, verification.evaluation_version, **fields)


def test_a_rate_well_above_the_target_is_met() -> None:
    verification = make_evidence(100, threshold=0.9)
    run = finished(verification, [1.0] * 99 + [0.0])

    (verdict,) = judge_run(run)

    assert (verdict.outcome, verdict.reason, verdict.method) == ("met", "", "clopper-pearson/1")
    assert (verdict.n, verdict.clusters, verdict.missing, verdict.looks) == (100, 100, 0, 1)
    assert verdict.point == pytest.approx(0.99)
    assert verdict.low == pytest.approx(0.9455, abs=1e-4)
    assert verdict.sentence.startswith("Met: at least 94.6 %")
    assert verdict.model_version == run.model_version
    assert Verdict.objects.get().evidence == verdict.detail["inputs"]


def test_a_rate_below_the_target_is_not_met() -> None:
    verification = make_evidence(100, threshold=0.9)

    (verdict,) = judge_run(finished(verification, [1.0] * 60 + [0.0] * 40))

    assert verdict.outcome == "not_met"


def test_too_few_cases_leave_it_open_with_a_lean() -> None:
    verification = make_evidence(10, threshold=0.9)

    (verdict,) = judge_run(finished(verification, [1.0] * 10))

    assert (verdict.outcome, verdict.lean) == ("inconclusive", "yes")
    assert verdict.needed_n is not None and verdict.needed_n > 10


def test_the_same_inputs_make_no_second_row() -> None:
    verification = make_evidence(100, threshold=0.9)
    run = finished(verification, [1.0] * 100)

    first, second = judge_run(run), judge_run(run)

    assert [verdict.pk for verdict in first] == [verdict.pk for verdict in second]
    assert Verdict.objects.count() == 1
    assert JudgedRun.objects.get(run=run).generation == run.generation
