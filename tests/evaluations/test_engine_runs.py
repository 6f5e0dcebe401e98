import pytest

from evaluations.models import Run, RunAggregate, RunVector, Score
from evaluations.services.runs import start_run
from tests.engine import work_off
from tests.factories.evaluations import make_dataset_version, make_evaluation_version, make_model_version

pytestmark = pytest.mark.django_db


def started(cases=3, repeats=1, **version):
    return start_run(
        actor=None,
        evaluation_version=make_evaluation_version(make_dataset_version(cases), repeats=repeats),
        model_version=make_model_version(**version),
    )


def test_a_started_run_ends_done_with_a_score_for_every_sample():
    run = work_off(started(cases=120, repeats=2))
    assert run.state == Run.State.DONE
    assert (run.done, run.failed, run.total) == (240, 0, 240)
    assert Score.objects.filter(response__run=run, numerator=1).count() == 240
    assert RunAggregate.objects.get(run=run, slice="").passed == 240
    assert RunVector.objects.filter(run=run, generation=1).exists()
