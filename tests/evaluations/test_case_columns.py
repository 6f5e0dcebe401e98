"""Cases beside each other in several runs: which are found, and what that costs."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluations.models import EvaluationVersion, Run
from evaluations.queries.case_columns import Columns, column_counts, column_row, column_rows, neighbours
from evaluations.queries.pairs import newest_own_run, ready_sets, rival_runs
from evaluations.queries.scores import shared_scorers
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_scorer_version,
)

pytestmark = pytest.mark.django_db


def make_columns(*scores: list[Any], **fields: Any) -> Columns:
    """Runs with these scores on one evaluation."""
    scorer = make_scorer_version(slug="exact", **fields)
    evaluation = make_evaluation_version(make_dataset_version(len(scores[0])), [scorer])
    runs = [make_finished_run(one, evaluation) for one in scores]
    return Columns(runs, [scorer] * len(runs))


def cost_of(read: Any) -> int:
    with CaptureQueriesContext(connection) as made:
        read()
    return len(made)


def found(columns: Columns, show: str) -> list[str]:
    return [row.key for row in column_rows(columns, show, content=True)]


def test_a_page_starts_after_its_cursor_and_holds_no_more_than_asked() -> None:
    columns = make_columns([1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1])
    first = column_rows(columns, "differ", limit=1, content=True)
    rest = column_rows(columns, "differ", first[0].cursor, content=True)
    assert [row.key for row in [*first, *rest]] == ["case-000", "case-001", "case-002", "case-003"]


def test_a_name_nobody_knows_shows_all() -> None:
    assert len(found(make_columns([1, 0], [0, 0], [1, 1]), "nonsense")) == 2


def test_lower_is_better_turns_who_is_right() -> None:
    columns = make_columns(
        [100.0, 900.0], [900.0, 900.0], [900.0, 100.0],
        kind="external", value_kind="unbounded", direction="lower", pass_mark=500.0,
    )  # fmt: skip
    assert found(columns, "only_we") == ["case-000"]
    assert found(columns, "behind") == ["case-001"]


def test_each_try_of_every_run_comes_with_its_case() -> None:
    scorer = make_scorer_version(slug="exact")
    evaluation = make_evaluation_version(make_dataset_version(2), [scorer], repeats=2)
    runs = [make_finished_run([[1, 0], [1, 1]], evaluation) for _ in "abc"]
    row = column_rows(Columns(runs, [scorer] * 3), content=True)[0]
    assert [len(tries) for tries in row.tries] == [2, 2, 2]
    assert {tries[0].output for tries in row.tries} == {"an answer"}


def test_cases_that_one_run_was_not_given_are_left_out() -> None:
    columns = make_columns([1, 0], [0, 1])
    other = make_finished_run([1, 1, 1])
    apart = Columns([*columns.runs, other], [*columns.scorers, columns.scorers[0]])
    assert column_counts(apart)[""] == 0
    assert column_row(apart, "case-000", content=True) is None


@pytest.mark.parametrize(("cases", "runs"), [(4, 2), (40, 8)])
def test_reading_costs_what_it_says(cases: int, runs: int) -> None:
    columns = make_columns(*[[1, 0] * (cases // 2) for _ in range(runs)])
    assert cost_of(lambda: column_counts(columns)) == 1
    assert cost_of(lambda: column_rows(columns, content=True)) == 7
    assert cost_of(lambda: column_row(columns, "case-001", content=True)) == 8
    assert cost_of(lambda: neighbours(columns, "", "case-001")) == 1
    assert cost_of(lambda: shared_scorers(columns.runs)) == 1
    assert cost_of(lambda: rival_runs(columns.runs[0])) == 1
    assert cost_of(ready_sets) == 1


def make_run_of(evaluation: EvaluationVersion, side: str, slug: str) -> Run:
    return make_finished_run([1, 0, 1], evaluation, make_model_version(side=side, slug=slug, name="1"))


def test_rivals_are_the_newest_runs_of_competitors_on_the_same_version() -> None:
    evaluation = make_evaluation_version(slug="answers")
    ours = make_run_of(evaluation, "own", "aria")
    make_finished_run(
        [0, 0, 0], evaluation, (rival := make_run_of(evaluation, "competitor", "nova")).model_version
    )
    make_run_of(evaluation, "simple", "rules")
    make_run_of(make_evaluation_version(), "competitor", "lingo")
    (newest,) = rival_runs(ours)
    assert newest.model_version == rival.model_version and newest.pk > rival.pk
    assert [run.pk for run in rival_runs(newest)] == [ours.pk]
    assert newest_own_run("answers") == ours


def test_sets_to_begin_with_have_ours_first_and_both_sides_before_one() -> None:
    both, single = make_evaluation_version(slug="both"), make_evaluation_version(slug="single")
    rival, ours = make_run_of(both, "competitor", "nova"), make_run_of(both, "own", "aria")
    alone = [make_run_of(single, "competitor", slug) for slug in ("orca", "pine")]
    assert ready_sets() == [[ours, rival], alone]
