import numpy as np
import pytest

from evaluations.models import RunAggregate, RunVector
from tests.factories.evaluations import make_dataset_version, make_evaluation_version, make_finished_run

pytestmark = pytest.mark.django_db


def test_vector_follows_the_dataset_order_and_marks_what_is_missing():
    run = make_finished_run([1, None, 0])
    vector = RunVector.objects.get(run=run)
    numerators = np.frombuffer(vector.numerators, "<f8")
    assert numerators[0] == 1 and np.isnan(numerators[1]) and numerators[2] == 0
    assert np.unpackbits(np.frombuffer(vector.presence, np.uint8))[:3].tolist() == [1, 0, 1]
    assert vector.order_hash == run.evaluation_version.dataset_version.hash


def test_aggregates_count_each_slice():
    cases = [
        {"key": "a", "slices": {"lang": "de"}},
        {"key": "b", "slices": {"lang": "fr"}},
        {"key": "c", "slices": {"lang": "de"}},
    ]
    version = make_evaluation_version(make_dataset_version(cases))
    run = make_finished_run([1, 1, 0], version)
    german = RunAggregate.objects.get(run=run, slice="lang", value="de")
    assert (german.items, german.scored, german.passed, german.numerator) == (2, 2, 1, 1.0)
    assert RunAggregate.objects.get(run=run, slice="").passed == 2


def test_item_that_passes_in_some_repeats_only_is_flaky():
    version = make_evaluation_version(make_dataset_version(2), repeats=3)
    run = make_finished_run([[1, 0, 1], [1, 1, None]], version)
    overall = RunAggregate.objects.get(run=run, slice="")
    assert (overall.flaky, overall.missing, overall.scored) == (1, 1, 5)
    assert run.state == "partial"
