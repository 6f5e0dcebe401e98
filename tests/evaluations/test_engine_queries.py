from decimal import Decimal

import pytest

from config.errors import Refused
from evaluations.models import WorkItem
from evaluations.queries.runs import latest_run, looks, run_progress, runs_with_related
from evaluations.queries.samples import Wanted, facets, samples, scorer_of
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_run,
)

pytestmark = pytest.mark.django_db

CASES = [
    {"key": "a", "slices": {"lang": "de"}},
    {"key": "b", "slices": {"lang": "fr"}},
    {"key": "c", "slices": {"lang": "de"}},
    {"key": "d", "slices": {"lang": "fr"}},
]


def two_runs():
    version = make_evaluation_version(make_dataset_version(CASES))
    return make_finished_run([1, 0, 0, None], version), make_finished_run([1, 1, 0, 1], version)


def keys(run, **wanted):
    return [sample.key for sample in samples(run, Wanted(**wanted))]


def test_samples_are_shown_by_what_became_of_them():
    run, other = two_runs()
    assert keys(run) == ["a", "b", "c", "d"]
    assert keys(run, show="passed") == ["a"]
    assert keys(run, show="failed") == ["b", "c"]
    assert keys(run, show="failed", slice=("lang", "de")) == ["c"]
    assert keys(run, show="missing") == ["d"]
    assert keys(run, show="flipped", vs=other) == ["b"]


def test_pages_go_on_after_the_last_cursor_in_a_constant_number_of_queries(query_count):
    run, other = two_runs()
    with query_count(10):
        first = samples(run, Wanted(limit=2, vs=other))
    assert [sample.key for sample in samples(run, Wanted(after=first[-1].cursor))] == ["c", "d"]
    assert first[0].answer and first[1].other
    assert first[0].answer.output == "an answer"
    assert next(iter(first[1].other.scores.values())).passed
    with query_count(6):
        samples(run, Wanted())


def test_unknown_ways_of_showing_are_refused():
    run, _ = two_runs()
    for wanted in (Wanted(show="odd"), Wanted(show="flipped"), Wanted(scorer="nobody")):
        with pytest.raises(Refused):
            samples(run, wanted)


def test_facets_count_slices():
    run, _ = two_runs()
    everything, german, french = facets(run, scorer_of(run))
    assert (everything.samples, everything.failed, everything.missing) == (4, 2, 1)
    assert (german.value, german.passed, german.failed) == ("de", 1, 1)
    assert french.missing == 1


def test_progress_counts_items_errors_and_the_range_of_cost(query_count):
    run = make_run(make_evaluation_version(make_dataset_version(4)), done=1, calls=2, cost=Decimal("0.5"))
    run.items.filter(pk=run.items.order_by("pk")[0].pk).update(state=WorkItem.State.DONE)
    run.items.filter(pk=run.items.order_by("-pk")[0].pk).update(error_class="outage", error="503")
    with query_count(3):
        progress = run_progress(run)
    assert (progress.total, progress.ended, progress.share) == (4, 1, 0.25)
    assert [(error.name, error.samples) for error in progress.errors] == [("outage", 1)]
    assert (progress.cost_low, progress.cost_high) == (Decimal("0.5"), Decimal("0.5"))


def test_runs_are_found_by_their_natural_keys(query_count):
    run = make_finished_run([1])
    label = run.model_version.label
    with query_count(1):
        assert list(runs_with_related({"model": label, "state": "done", "round": ""})) == [run]
    assert not runs_with_related({"evaluation": "nothing@1"})
    assert not runs_with_related({"round": "x"})


def test_looks_count_finished_runs_of_the_very_same_pair():
    evaluation, version = make_evaluation_version(make_dataset_version(1)), make_model_version()
    make_run(evaluation, version)
    assert (latest_run(evaluation, version), looks(evaluation, version)) == (None, 0)
    make_finished_run([1], evaluation, version)
    newest = make_finished_run([0], evaluation, version)
    make_finished_run([0], evaluation, version, mixed_models=True)
    assert (latest_run(evaluation, version), looks(evaluation, version)) == (newest, 2)
