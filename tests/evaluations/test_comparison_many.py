"""Several runs against one: what the query, the API and the files tell of them."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.errors import NotComparable
from evaluations.models import EvaluationVersion, Run, RunVector
from evaluations.queries.comparison import compare
from evaluations.queries.comparison_json import many_json
from evaluations.queries.comparison_many import ManyComparison, compare_many
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_prompt_version,
    make_run,
    make_scorer_version,
)

pytestmark = pytest.mark.django_db
ALL = 60


def right(count: int, *, of: int = ALL) -> list[Any]:
    return [1.0] * count + [0.0] * (of - count)


def make_world(cases: int = ALL) -> EvaluationVersion:
    named = [{"key": f"c{n:03}", "slices": {"lang": "de" if n % 2 else "fr"}} for n in range(cases)]
    return make_evaluation_version(make_dataset_version(named), [make_scorer_version(slug="exact")])


def make_column(evaluation: EvaluationVersion, scores: list[Any], **fields: Any) -> Run:
    return make_finished_run(scores, evaluation, make_model_version(**fields))


def outcomes(many: ManyComparison) -> list[str]:
    return [one.outcome for one in many.against]


def test_each_other_run_has_its_letter_and_outcome() -> None:
    world = make_world()
    runs = [make_column(world, right(count)) for count in (40, 20, 39, 58)]
    many = compare_many(runs, "exact")
    assert [one.letter for one in many.against] == ["B", "C", "D"]
    assert outcomes(many) == ["A ahead", "not distinguishable", "A behind"]


def test_two_runs_are_told_as_a_comparison_of_two_tells_them() -> None:
    world = make_world()
    a, b = make_column(world, right(50)), make_column(world, right(30))
    assert compare_many([a, b], "exact").first.as_json() == compare(a, b, "exact").as_json()


def test_support_is_counted_among_all_comparisons_and_says_so() -> None:
    world = make_world()
    a, close = make_column(world, right(36)), make_column(world, right(30))
    others = [make_column(world, right(36)) for _ in range(6)]
    alone = compare_many([a, close], "exact").against[0]
    among = compare_many([a, close, *others], "exact").against[0]
    assert alone.comparison.supported and alone.outcome == "A ahead"
    assert not among.comparison.supported and among.outcome == "not distinguishable"
    assert among.alone and "among all these comparisons it does not stand" in among.comparison.sentence


def test_ahead_of_every_one_and_of_one_at_least_are_claims_of_their_own() -> None:
    world = make_world()
    runs = [make_column(world, right(count), side="competitor") for count in (50, 20, 49)]
    reply = many_json(compare_many(runs, "exact"))
    assert reply["every"]["outcome"] == "not proven yet" and reply["any"]["outcome"] == "proven"
    assert "at least one rival" in reply["any"]["sentence"]
    assert many_json(compare_many(runs[:2], "exact"))["every"] is None


def test_ranks_are_intervals_on_the_common_cases_with_a_best_group() -> None:
    world = make_world()
    runs = [make_column(world, right(count)) for count in (50, 49, 20)]
    many = compare_many(runs, "exact")
    ranks = [
        (column.place.best_rank, column.place.worst_rank, column.best)
        for column in many.columns
        if column.place
    ]
    assert ranks == [(1, 2, True), (1, 2, True), (3, 3, False)]
    assert many.n == ALL


def test_a_run_with_too_much_missing_is_partial_and_unranked_and_says_so() -> None:
    world = make_world()
    a, b, holes = (
        make_column(world, scores) for scores in (right(50), right(20), [*right(10, of=50), *[None] * 10])
    )
    many = compare_many([a, b, holes], "exact")
    column = many.columns[2]
    assert column.place is None and column.value is None
    assert (column.missing, column.note) == (10, "Partial: too much is missing to be ranked")
    assert many.n == ALL
    assert outcomes(many)[1] == "too much is missing"


def test_what_cannot_be_compared_keeps_its_column_and_says_why() -> None:
    world = make_world()
    a, b = make_column(world, right(50)), make_column(world, right(20))
    elsewhere = make_finished_run(right(50), make_world())
    unscored = make_run(world)
    many = compare_many([a, b, elsewhere, unscored], "exact")
    assert outcomes(many) == ["A ahead", "not comparable", "not comparable"]
    assert "The cases are others" in many.against[1].comparison.differs[0]
    assert many.against[2].comparison.differs == ["D has no scores by exact yet."]
    assert [column.note for column in many.columns[2:]] == ["Not comparable"] * 2
    assert many.every is None


def test_what_differs_otherwise_is_for_display_only_and_outside_ranks_and_claims() -> None:
    world = make_world()
    prompted = make_evaluation_version(
        world.dataset_version, list(world.scorers.all()), prompt_version=make_prompt_version()
    )
    a, b = make_column(world, right(50)), make_column(world, right(20))
    other = make_column(prompted, right(10))
    many = compare_many([a, b, other], "exact")
    assert outcomes(many) == ["A ahead", "for display only"]
    assert "in C." in many.against[1].comparison.differs[0]
    assert many.columns[2].note == "For display only, not ranked"
    assert not any(row.lines[1].supported for row in many.slices if row.lines[1])
    assert outcomes(compare_many([a, b, other], "exact", varies="system")) == ["A ahead", "A ahead"]


def test_slices_stand_worst_first_with_a_line_for_each_other() -> None:
    world = make_world()
    odd_wrong = [0.0 if n % 2 else 1.0 for n in range(ALL)]
    runs = [make_column(world, scores) for scores in (odd_wrong, right(60), right(58))]
    many = compare_many(runs, "exact")
    assert [row.name for row in many.slices] == ["lang=de", "lang=fr"]
    assert [line.supported for line in many.slices[0].lines if line] == [True, True]
    assert many.against[0].comparison.slice_outcome(many.slices[0].lines[0]) == "A behind"  # type: ignore[arg-type]


def test_a_slice_of_too_few_cases_says_so() -> None:
    cases = [{"key": f"c{n:03}", "slices": {"lang": "ko" if n < 6 else "de"}} for n in range(ALL)]
    world = make_evaluation_version(make_dataset_version(cases), [make_scorer_version(slug="exact")])
    runs = [make_column(world, right(count)) for count in (0, 60, 50)]
    reply = many_json(compare_many(runs, "exact"))
    small = next(row for row in reply["slices"] if row["slice"] == "lang=ko")
    assert {line["outcome"] for line in small["against"]} == {"too few cases (fewer than 10)"}


def test_one_slice_is_compared_by_itself() -> None:
    runs = [
        make_column(world := make_world(), right(50)),
        make_column(world, right(20)),
        make_column(world, right(9)),
    ]
    many = compare_many(runs, "exact", ("lang", "de"))
    assert {one.comparison.result.n for one in many.against} == {30}
    assert (many.n, list(many.slices)) == (30, [])


def test_a_first_run_without_the_scorer_or_scores_is_refused() -> None:
    world = make_world()
    a = make_column(world, right(5))
    with pytest.raises(NotComparable, match="does not use the scorer"):
        compare_many([a, a], "wer")
    with pytest.raises(NotComparable, match="no scores"):
        compare_many([make_run(world), a], "exact")


@pytest.mark.parametrize(("columns", "cases"), [(2, 10), (8, 60)])
def test_it_takes_four_queries_however_many_columns_and_cases(
    columns: int, cases: int, django_assert_num_queries: Any
) -> None:
    world = make_world(cases)
    runs = [make_column(world, right(cases - n, of=cases)) for n in range(columns)]
    with django_assert_num_queries(4):
        reply = many_json(compare_many(runs, "exact"))
    assert json.loads(json.dumps(reply)) == reply


def test_what_is_known_is_not_worked_out_again_until_a_run_was_scored_anew(
    django_assert_num_queries: Any,
) -> None:
    world = make_world()
    a, b = make_column(world, right(50)), make_column(world, right(30))
    first = compare_many([a, b], "exact", same=0.1)
    with django_assert_num_queries(2):
        again = compare_many([a, b], "exact", same=0.1)
    assert many_json(again) == many_json(first) and again.within == first.within is not None
    assert compare_many([a, b], "exact", ("lang", "de")).n < first.n
    anew = b.vectors.get()
    anew.pk, anew.generation, anew.numerators = None, b.generation + 1, a.vectors.get().numerators
    anew.save()
    b.generation += 1
    b.save()
    assert outcomes(compare_many([a, b], "exact")) == ["not distinguishable"] != outcomes(first)


def test_scores_that_come_later_are_seen() -> None:
    world = make_world()
    a, b = make_column(world, right(50)), make_column(world, right(30))
    vectors = list(b.vectors.all())
    b.vectors.all().delete()
    assert outcomes(compare_many([a, b], "exact")) == ["not comparable"]
    RunVector.objects.bulk_create(vectors)
    assert outcomes(compare_many([a, b], "exact")) == ["A ahead"]


@pytest.fixture
def api(client: Any) -> Any:
    from tests.factories.people import make_user

    client.force_login(make_user("viewer"))
    return client


def test_the_api_tells_every_difference_ranks_and_slices(api: Any) -> None:
    world = make_world()
    a, b, c = (make_column(world, right(count)) for count in (50, 49, 20))
    reply = api.get(f"/api/v1/comparisons/many/?run={a.pk}&against={b.pk}&against={c.pk}").json()
    assert [one["outcome"] for one in reply["against"]] == ["not distinguishable", "A ahead"]
    assert [column["rank"] for column in reply["columns"]] == [
        {"from": 1, "to": 2}, {"from": 1, "to": 2}, {"from": 3, "to": 3},
    ]  # fmt: skip
    assert reply["against"][1]["counts"] == {"both": 20, "only_a": 30, "only_b": 0, "neither": 10}
    assert reply["n"] == ALL and len(reply["slices"]) == 2


@pytest.mark.parametrize(
    ("against", "told"),
    [
        ([], "Name one to 7 other runs; here are 0."),
        (["b"] * 8, "Name one to 7 other runs; here are 8."),
        (["b", "b"], "Name each run once."),
        (["a"], "Name each run once."),
        (["77777"], "There is no run"),
    ],
)
def test_the_api_refuses_what_it_cannot_compare(api: Any, against: list[str], told: str) -> None:
    world = make_world(4)
    runs = {name: make_column(world, right(2, of=4)).pk for name in "ab"}
    query = "".join(f"&against={runs.get(name, name)}" for name in against)
    reply = api.get(f"/api/v1/comparisons/many/?run={runs['a']}{query}")
    assert reply.status_code == 400
    assert told in json.dumps(reply.json(), ensure_ascii=False)


def test_the_api_says_that_a_run_is_not_finished(api: Any) -> None:
    world = make_world(4)
    a, moving = make_column(world, right(2, of=4)), make_run(world)
    reply = api.get(f"/api/v1/comparisons/many/?run={a.pk}&against={moving.pk}")
    assert reply.status_code == 422
    assert "is not finished" in reply.json()["error"]["message"]


def test_the_api_costs_the_same_for_two_and_eight_columns(api: Any) -> None:
    world = make_world(20)
    runs = [make_column(world, right(n, of=20)) for n in range(8)]
    counts = []
    for size in (2, 8):
        query = "".join(f"&against={run.pk}" for run in runs[1:size])
        with CaptureQueriesContext(connection) as made:
            assert api.get(f"/api/v1/comparisons/many/?run={runs[0].pk}{query}").status_code == 200
        # Each run named in the address is looked up once.
        counts.append(len(made) - size)
    assert counts[0] == counts[1]


def test_the_api_takes_names_and_all_rivals(api: Any) -> None:
    world = make_world(12)
    ours = make_column(world, right(8, of=12), slug="aria", name="7")
    older = make_column(world, right(6, of=12), slug="aria-old", name="6")
    rival = make_column(world, right(9, of=12), slug="nova", name="1", side="competitor")
    query = f"evaluation={world}&version=aria@7&against_version=aria-old@6&rivals=all"
    reply = api.get(f"/api/v1/comparisons/many/?{query}").json()
    assert [column["run"] for column in reply["columns"]] == [ours.pk, older.pk, rival.pk]
    assert "other" in reply["any"]["sentence"] and "rival" not in reply["any"]["sentence"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("against=1", "Give run, or version and evaluation."),
        ("run={run}&against_version=nobody@1", "There is no version"),
        ("run={run}&rivals=all", "here are 0"),
        ("run={run}&rivals=some", "is not a valid choice"),
        ("run={run}&against={run}&slice=lang", "A slice needs its name"),
    ],
)
def test_the_api_says_what_it_cannot_follow(api: Any, query: str, told: str) -> None:
    run = make_column(make_world(4), right(2, of=4))
    other = make_finished_run(right(2, of=4), run.evaluation_version)
    asked = query.replace("against={run}", f"against={other.pk}").format(run=run.pk)
    reply = api.get(f"/api/v1/comparisons/many/?{asked}")
    assert reply.status_code == 400
    assert told in json.dumps(reply.json(), ensure_ascii=False)
