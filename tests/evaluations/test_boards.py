from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluations.models import Evaluation, EvaluationVersion, ModelVersion, Suite
from evaluations.models.runs import Origin
from evaluations.queries.boards import Asked, Board, board_of, boards_of_suites
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_scorer_version,
    make_suite,
)

pytestmark = pytest.mark.django_db
GOOD, FAIR, POOR = [1] * 57 + [0] * 3, [1] * 55 + [0] * 5, [1] * 20 + [0] * 40


def suite_of(*versions: EvaluationVersion) -> Suite:
    return make_suite([version.evaluation for version in versions])


def evaluation(cases: int = 60, **fields: Any) -> EvaluationVersion:
    return make_evaluation_version(make_dataset_version(cases), **fields)


def models(count: int) -> list[ModelVersion]:
    return [make_model_version(slug=f"m{number}", side="own") for number in range(count)]


def ranks(board: Board) -> dict[str, Any]:
    return {
        line.version.model.slug: (line.overall.best_rank, line.overall.worst_rank) if line.overall else None
        for line in board.lines
    }


def test_a_rank_is_as_wide_as_what_the_cases_cannot_tell_apart() -> None:
    version, (a, b, c) = evaluation(), models(3)
    for model, scores in ((a, GOOD), (b, FAIR), (c, POOR)):
        make_finished_run(scores, version, model)
    board = board_of(suite_of(version))
    assert ranks(board) == {"m0": (1, 2), "m1": (1, 2), "m2": (3, 3)}
    assert [line.overall.best for line in board.lines if line.overall] == [True, True, False]
    assert board.relation(a, c).word == "ahead" and board.relation(c, a).word == "behind"
    assert board.relation(a, b).word == "level"


def test_a_group_that_holds_everybody_is_not_called_best() -> None:
    version, (a, b) = evaluation(), models(2)
    for model in (a, b):
        make_finished_run(GOOD, version, model)
    board = board_of(suite_of(version))
    assert ranks(board) == {"m0": (1, 2), "m1": (1, 2)}
    assert not any(line.overall and (line.overall.best or line.overall.apart) for line in board.lines)


def test_a_model_that_lacks_an_evaluation_is_partial_and_ranked_only_where_it_ran() -> None:
    first, second, (a, b) = evaluation(), evaluation(), models(2)
    make_finished_run(GOOD, first, a)
    make_finished_run(POOR, first, b)
    make_finished_run(GOOD, second, a)
    board = board_of(suite_of(first, second))
    assert ranks(board) == {"m0": (1, 1), "m1": None}
    partial = board.partial[0]
    assert (partial.ran, partial.whole) == (1, 1)
    place = partial.places[0]
    assert place is not None and (place.best_rank, place.worst_rank) == (2, 2)


def test_many_missing_cases_make_a_run_partial_and_are_counted() -> None:
    version, (a, b) = evaluation(), models(2)
    make_finished_run(GOOD, version, a)
    make_finished_run([1] * 50 + [None] * 10, version, b)
    board = board_of(suite_of(version))
    line = board.partial[0]
    assert (line.version, line.missing) == (b, 10)
    assert line.places[0] is not None and line.places[0].why == "partial"
    assert board.lines[0].overall is not None and board.lines[0].overall.worst_rank == 1


def test_scores_of_unlike_checks_are_not_averaged_but_counted() -> None:
    first, second, (a, b) = evaluation(), evaluation(), models(2)
    for version, ours, theirs in ((first, GOOD, POOR), (second, POOR, GOOD)):
        make_finished_run(ours, version, a)
        make_finished_run(theirs, version, b)
    board = board_of(suite_of(first, second))
    assert board.relation(a, b).word == "mixed"
    assert ranks(board) == {"m0": (1, 2), "m1": (1, 2)}
    overall = board.lines[0].overall
    assert overall is not None and (overall.ahead, overall.mixed, overall.behind) == (0, 1, 0)


def test_only_the_newest_version_of_an_evaluation_counts() -> None:
    old, (a,) = evaluation(), models(1)
    make_finished_run(GOOD, old, a)
    new = make_evaluation_version(make_dataset_version(60), evaluation=old.evaluation)
    board = board_of(suite_of(old))
    assert (board.columns[0].version, board.lines) == (new, [])


def test_the_latest_run_counts_and_those_of_the_lab_do_not() -> None:
    version, (a, b) = evaluation(), models(2)
    make_finished_run(POOR, version, a)
    latest = make_finished_run(GOOD, version, a)
    make_finished_run(GOOD, version, b, origin=Origin.LAB)
    board = board_of(suite_of(version))
    assert [line.version for line in board.lines] == [a]
    assert board.columns[0].runs[a.pk] == latest


def test_of_each_model_the_newest_version_that_ran_stands_and_a_newer_one_is_named() -> None:
    version, model = evaluation(), make_model(slug="m")
    one, two, three = (make_model_version(model, name=name) for name in "123")
    for each in (one, two):
        make_finished_run(GOOD, version, each)
    board = board_of(suite_of(version))
    assert [(line.version, line.newer) for line in board.lines] == [(two, three)]
    every = board_of(suite_of(version), Asked(every_version=True))
    assert {line.version for line in every.lines} == {one, two}


def test_a_run_that_several_models_answered_is_shown_and_not_ranked() -> None:
    version, (a, b) = evaluation(), models(2)
    make_finished_run(GOOD, version, a)
    make_finished_run(POOR, version, b, mixed_models=True)
    board = board_of(suite_of(version))
    place = board.partial[0].places[0]
    assert place is not None and place.why == "mixed" and place.point == pytest.approx(1 / 3)


def test_sides_that_were_not_asked_for_do_not_compete() -> None:
    version = evaluation()
    ours, rival = make_model_version(side="own"), make_model_version(side="competitor")
    make_finished_run(GOOD, version, ours)
    make_finished_run(POOR, version, rival)
    board = board_of(suite_of(version), Asked(sides=("competitor",)))
    assert [line.version for line in board.lines] == [rival]


def test_every_check_of_an_evaluation_is_a_column_when_asked() -> None:
    scorers = [make_scorer_version(slug=slug) for slug in ("right", "brief")]
    version = make_evaluation_version(make_dataset_version(3), scorers)
    suite = suite_of(version)
    assert [column.slug for column in board_of(suite).columns] == ["right"]
    assert [column.slug for column in board_of(suite, Asked(every_check=True)).columns] == ["right", "brief"]


def test_fewer_is_better_where_the_scorer_says_so() -> None:
    scorer = make_scorer_version(direction="lower")
    version, (a, b) = make_evaluation_version(make_dataset_version(60), [scorer]), models(2)
    make_finished_run(POOR, version, a)
    make_finished_run(GOOD, version, b)
    assert ranks(board_of(suite_of(version))) == {"m0": (1, 1), "m1": (2, 2)}


def test_every_suite_ranks_the_same_versions_for_itself() -> None:
    first, second, (a, b) = evaluation(), evaluation(), models(2)
    make_finished_run(GOOD, first, a)
    make_finished_run(POOR, first, b)
    make_finished_run(GOOD, second, b)
    suite_of(first)
    suite_of(first, second)
    found = boards_of_suites()
    assert set(found.versions) == {a, b}
    assert [ranks(board) for board in found.boards] == [
        {"m0": (1, 1), "m1": (2, 2)},
        {"m1": (1, 1), "m0": None},
    ]


def counted(suite: Suite) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        board_of(suite)
    return len(captured)


@pytest.mark.parametrize("cases", [4, 60])
def test_a_board_costs_five_queries_and_two_for_each_column_once(cases: int) -> None:
    versions = [evaluation(cases) for _ in range(2)]
    for model in models(5):
        for version in versions:
            make_finished_run(GOOD[:cases], version, model)
    suite = suite_of(*versions)
    caches["boards"].clear()
    assert (counted(suite), counted(suite)) == (9, 5)


def test_a_new_run_is_on_the_board_at_once() -> None:
    version, (a, b) = evaluation(), models(2)
    make_finished_run(GOOD, version, a)
    make_finished_run(GOOD, version, b)
    suite = suite_of(version)
    assert ranks(board_of(suite))["m1"] == (1, 2)
    make_finished_run(POOR, version, b)
    assert ranks(board_of(suite))["m1"] == (2, 2)


def test_a_run_that_turns_out_to_be_mixed_loses_its_rank_at_once() -> None:
    version, (a,) = evaluation(), models(1)
    run = make_finished_run(GOOD, version, a)
    suite = suite_of(version)
    assert board_of(suite).partial == []
    run.mixed_models = True
    run.save()
    assert [line.version for line in board_of(suite).partial] == [a]


def test_an_evaluation_without_a_frozen_version_is_named() -> None:
    bare = Evaluation.objects.create(slug="bare", name="Bare")
    assert board_of(make_suite([bare])).without_version == ["Bare"]
