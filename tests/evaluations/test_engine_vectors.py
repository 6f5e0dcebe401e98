import numpy as np
import pytest

from evaluations.models import RunAggregate, RunVector
from evaluations.queries.vectors import labelled_from, vector_hash
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
)
from tests.factories.labels import make_answered_run, make_label_scorer

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


def test_a_figure_over_all_samples_keeps_what_was_wanted_and_said():
    version = make_evaluation_version(
        make_dataset_version(
            [{"key": key, "target": label} for key, label in zip("abc", ("de", "nl", "fr"), strict=True)]
        ),
        [make_label_scorer("calibration_error", {"field": "label"})],
    )
    run = make_answered_run(
        ['{"label": "de", "probability": 0.9}', '{"label": "de", "probability": 0.6}', None], version
    )
    vector = RunVector.objects.get(run=run)
    found = labelled_from(vector, vector.scorer_version)
    assert found is not None
    wanted = [found.labels[place] for place in found.truths[:, 0]]
    assert wanted == ["de", "nl", "fr"]  # that of the case without an answer is known all the same
    assert [found.labels[place] for place in found.predictions[:2, 0]] == ["de", "de"] and found.predictions[
        2, 0
    ] == -1
    assert found.probabilities[:2, 0].tolist() == [0.9, 0.6]
    assert np.frombuffer(vector.numerators, "<f8")[:2].tolist() == [0.0, 1.0]


def test_another_label_is_other_evidence():
    version = make_evaluation_version(
        make_dataset_version([{"key": "a", "target": "de"}, {"key": "b", "target": "nl"}]),
        [make_label_scorer()],
    )
    first, second = (make_answered_run(["nl", "nl"], version), make_answered_run(["fr", "nl"], version))
    one, other = RunVector.objects.get(run=first), RunVector.objects.get(run=second)
    assert one.numerators == other.numerators
    assert vector_hash(one) != vector_hash(other)
