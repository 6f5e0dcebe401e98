"""A ratio may have cases that count neither way: 0 of 0. They are scored, move no ratio and are nowhere told as wrong."""

import pytest

from evaluations.models import Run, RunAggregate
from evaluations.queries.case_filters import CaseFilter, case_counts
from evaluations.queries.samples import Wanted, samples
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_scorer_version,
)

pytestmark = pytest.mark.django_db


def silent_run(direction: str) -> Run:
    """Cases that are right, wrong and 0 of 0 in turn; and one that counts errors over nothing."""
    mark = 1.0 if direction == "higher" else 0.0
    scorer = make_scorer_version("external", value_kind="ratio", direction=direction, pass_mark=mark)
    right, wrong = ((1, 1), (0, 1)) if direction == "higher" else ((0, 1), (1, 1))
    version = make_evaluation_version(make_dataset_version(["right", "wrong", "silent"]), [scorer])
    return make_finished_run([right, wrong, (0, 0)], version)


@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_a_case_with_nothing_counted_is_not_among_the_wrong_ones(direction: str) -> None:
    run = silent_run(direction)
    scorer = run.evaluation_version.scorers.get()
    counts = case_counts(CaseFilter(run, scorer))
    assert (counts["passed"], counts["failed"], counts["missing"]) == (2, 1, 0)
    assert [row.key for row in samples(run, Wanted(show="failed"))] == ["wrong"]
    assert [row.key for row in samples(run, Wanted(show="passed"))] == ["right", "silent"]


@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_it_moves_no_ratio(direction: str) -> None:
    total = RunAggregate.objects.get(run=silent_run(direction), slice="")
    assert (total.scored, total.missing, total.passed, total.denominator) == (3, 0, 2, 2)
    assert total.numerator == 1
