"""The page of a comparison with more than two columns: what it shows, what it refuses, what it costs."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluations.models import EvaluationVersion, Exposure, Response, Run, Score, WorkItem
from evaluations.services.blobs import store_blob
from evaluations.services.vectors import write_vectors
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_round,
    make_run,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
CASES = 24


@pytest.fixture
def reader(client: Any) -> Any:
    person = make_user("viewer", may_read_test=True)
    client.force_login(person)
    return person


def make_world(cases: int = CASES) -> EvaluationVersion:
    named = [{"key": f"c{n:02}", "slices": {"lang": "de" if n % 2 else "fr"}} for n in range(cases)]
    return make_evaluation_version(
        make_dataset_version(named), [make_scorer_version(slug="exact")], slug="answers"
    )


def make_columns(world: EvaluationVersion, *rights: int) -> list[Run]:
    """Runs that are right on so many of the first cases: ours, then competitors."""
    total = world.dataset_version.case_count
    return [
        make_finished_run(
            [1] * right + [0] * (total - right),
            world,
            make_model_version(side="competitor" if place else "own", slug=f"model-{place}", name="v1"),
        )
        for place, right in enumerate(rights)
    ]


def address(runs: list[Run], **more: Any) -> str:
    query = [f"run={runs[0].pk}", *[f"against={run.pk}" for run in runs[1:]]]
    return f"/compare/?{'&'.join([*query, *[f'{name}={value}' for name, value in more.items()]])}"


def text(reply: Any) -> str:
    return " ".join(reply.content.decode().split())


def facets(reply: Any) -> dict[str, int]:
    return {facet.label: facet.count for facet in reply.context["facets"]}


def keys(reply: Any) -> list[str]:
    return [pair.row.key for pair in reply.context["pairs"]]


def test_our_run_stands_against_each_with_claims_ranks_and_slices(client: Any, reader: Any) -> None:
    runs = make_columns(make_world(), 22, 21, 4)
    page = text(client.get(address(runs)))
    assert "model-0@v1 against 2 others" in page
    assert "Not distinguishable" in page and "A ahead" in page
    assert "At least one" in page and "best group" in page and "1–2 of 3" in page
    assert "Where does A lose?" in page and "corrected once over 2 slices and 2 others" in page


def test_facets_tell_who_was_right_among_all_and_add_up(client: Any, reader: Any) -> None:
    runs = make_columns(make_world(), 20, 12, 22)
    reply = client.get(address(runs))
    counts = facets(reply)
    assert (counts["only A right"], counts["A wrong, another right"]) == (0, 2)
    assert (counts["they differ"], counts["all right"], counts["all wrong"]) == (10, 12, 2)
    parts = ("they differ", "all right", "all wrong", "flaky", "missing")
    assert sum(counts[part] for part in parts) == counts["all cases"] == CASES
    assert keys(client.get(address(runs, show="behind"))) == ["c20", "c21"]


def test_what_only_we_can_is_one_click_away(client: Any, reader: Any) -> None:
    runs = make_columns(make_world(), 10, 8, 7)
    assert keys(client.get(address(runs, show="only_we"))) == ["c08", "c09"]


def test_flaky_and_missing_cases_are_of_no_other_part(client: Any, reader: Any) -> None:
    world = make_evaluation_version(
        make_dataset_version(4), [make_scorer_version(slug="exact")], repeats=2, slug="twice"
    )
    ours = make_finished_run([[1, 0], [1, 1], [1, 1], [0, 0]], world)
    others = [make_finished_run([[1, 1], None, [1, 1], [0, 0]], world) for _ in "bc"]
    counts = facets(client.get(address([ours, *others])))
    assert (counts["flaky"], counts["missing"], counts["all right"], counts["all wrong"]) == (1, 1, 1, 1)
    assert counts["they differ"] == 0


def test_what_changed_between_two_is_a_list_of_its_own(client: Any, reader: Any) -> None:
    world = make_world(4)
    a = make_finished_run([1, 0, 1, 0], world)
    b = make_finished_run([0, 1, 1, 0], world)
    reply = client.get(address([a, b], show="flipped"))
    assert facets(reply)["changed"] == 2 and keys(reply) == ["c00", "c01"]


def test_a_case_is_opened_whole_in_every_column(client: Any, reader: Any) -> None:
    runs = make_columns(make_world(), 20, 12, 22)
    reply = client.get(address(runs, case="c21"))
    assert keys(reply) == ["c21"] and len(reply.context["pairs"][0].cells) == 3
    assert "‹ All cases" in text(reply) and "Reference" in text(reply)
    assert reply.context["neighbours"] == ("c20", "c22")
    assert client.get(address(runs, case="c21", show="behind")).context["neighbours"] == ("c20", "")
    assert "Not every one of these runs was given this case." in text(client.get(address(runs, case="other")))


def test_words_are_marked_against_the_reference_a_column_or_nothing(client: Any, reader: Any) -> None:
    runs = make_columns(make_world(), 20, 12, 22)
    marked = {
        diff: client.get(address(runs, diff=diff)).context["pairs"][0].cells[1].pieces
        for diff in ("reference", "none", runs[0].pk)
    }
    assert [op for op, _ in marked["reference"]] == ["-", "+"]
    assert marked["none"] == marked[runs[0].pk] == [("=", "an answer")]


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("run={a}&against=77777", "There is no finished run 77777."),
        ("run={a}&against={b}&against={b}", "is named twice; it has one column."),
        ("run={a}" + "&against={b}" * 8, "A comparison holds 8 columns: the first 8 of 9 are shown."),
        ("run={a}&against={alone}", "These runs share no scorer"),
        ("run=nonsense&against={b}", "There is no finished run nonsense."),
    ],
)
def test_what_cannot_be_followed_is_said(client: Any, reader: Any, named: str, told: str) -> None:
    a, b = make_columns(make_world(), 20, 12)
    alone = make_finished_run([1, 0])
    reply = client.get("/compare/?" + named.format(a=a.pk, b=b.pk, alone=alone.pk))
    assert reply.status_code == 200
    assert told in text(reply)


def test_cases_that_are_not_shared_are_said_to_be_others(client: Any, reader: Any) -> None:
    scorer = make_scorer_version(slug="exact")
    a, b = (
        make_finished_run([1, 0, 1], make_evaluation_version(make_dataset_version(3), [scorer])) for _ in "ab"
    )
    page = text(client.get(address([a, b])))
    assert "The cases are others" in page and "compared-samples" not in page


def test_a_column_that_cannot_be_compared_is_named_and_its_samples_stay_away(
    client: Any, reader: Any
) -> None:
    world = make_world()
    runs = make_columns(world, 20, 12)
    other = make_finished_run(
        [1, 0, 1], make_evaluation_version(make_dataset_version(3), list(world.scorers.all()))
    )
    reply = client.get(address([*runs, other]))
    assert "Not comparable" in text(reply) and "The cases are others" in text(reply)
    assert [letter for letter, _ in reply.context["shown_runs"]] == ["A", "B"]


def test_all_rivals_are_one_address_away(client: Any, reader: Any) -> None:
    world = make_world()
    ours, *rivals = make_columns(world, 20, 12, 22)
    older = make_finished_run([1] * CASES, world, make_model_version(rivals[0].model_version.model))
    whole = f"/compare/?run={ours.pk}&against={rivals[1].pk}&against={older.pk}"
    both = {whole, f"/compare/?run={ours.pk}&against={older.pk}&against={rivals[1].pk}"}
    assert client.get(f"/compare/?run={ours.pk}&rivals=all").url in both
    assert client.get("/compare/?evaluation=answers&rivals=all").url in both
    assert (
        client.get(f"/compare/?evaluation=answers&version={ours.model_version.label}&rivals=all").url in both
    )


def test_names_without_a_run_are_said(client: Any, reader: Any) -> None:
    rival = make_finished_run(
        [1] * CASES, make_world(), make_model_version(side="competitor", slug="nova", name="1")
    )
    names = "evaluation=answers&version=nobody@1&against_version=nova@1"
    reply = client.get(f"/compare/?{names}", follow=True)
    assert "There is no finished run of nobody@1 on answers." in text(reply)
    assert reply.redirect_chain[0][0].endswith(f"&against={rival.pk}")
    ours = client.get("/compare/?evaluation=answers&rivals=all", follow=True)
    assert "There is no finished run of ours on answers." in text(ours)


def test_ticked_rows_become_columns_with_ours_first(client: Any, reader: Any) -> None:
    ours, first, second = make_columns(make_world(), 20, 12, 22)
    reply = client.get(f"/compare/?selected={second.pk}&selected={ours.pk}&selected={first.pk}&selected=junk")
    assert reply.url == f"/compare/?run={ours.pk}&against={second.pk}&against={first.pk}"


def test_content_of_test_cases_needs_the_permission_in_every_column(client: Any) -> None:
    runs = make_columns(make_world(), 20, 12, 22)
    client.force_login(make_user("pm"))
    for more in ({}, {"case": "c21", "diff": "reference"}):
        page = text(client.get(address(runs, **more)))
        assert "Only hashes and scores" in page
        assert "an answer" not in page and "Question c" not in page
    assert not Exposure.objects.exists()
    client.force_login(make_user("viewer", may_read_test=True))
    shown = keys(client.get(address(runs)))
    assert Exposure.objects.get().samples == len(shown) < CASES
    client.get(address(runs, case="c21"))
    assert Exposure.objects.latest("pk").samples == 1


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("comparison.csv", b"column,run,version"),
        ("comparison.md", b"# model-0@v1 against 2 others by exact"),
        ("comparison.svg", b"<svg "),
        ("values.svg", b"<svg "),
        ("slices.csv", b"Slice,Against,Cases"),
        ("slices.svg", b"<svg "),
    ],
)
def test_the_figures_are_downloaded(client: Any, reader: Any, name: str, first: bytes) -> None:
    runs = make_columns(make_world(), 20, 12, 22)
    reply = client.get(address(runs).replace("/compare/?", f"/compare/{name}?"))
    body = b"".join(reply)
    assert body.startswith(first)
    assert name.partition(".")[0] in reply.headers["Content-Disposition"]
    if name == "values.svg":
        assert b"rank 1 to 2, best group" in body
    elif name != "slices.svg":
        assert b"not distinguishable" in body
    assert client.get(f"/compare/{name}?run={runs[0].pk}").status_code == 404


def test_files_say_what_is_not_comparable_in_words(client: Any, reader: Any) -> None:
    world = make_world()
    runs = make_columns(world, 20, 12)
    other = make_finished_run(
        [1, 0, 1], make_evaluation_version(make_dataset_version(3), list(world.scorers.all()))
    )
    for name in ("comparison.csv", "comparison.md", "comparison.svg"):
        reply = client.get(address([*runs, other]).replace("/compare/?", f"/compare/{name}?"))
        assert b"not comparable" in b"".join(reply)


def test_a_comparison_is_kept_as_a_view(client: Any, reader: Any) -> None:
    runs = make_columns(make_world(), 20, 12, 22)
    query = address(runs, show="differ").partition("?")[2]
    client.post("/views/", {"page": "comparisons", "product": "", "query": query, "name": "Ours and two"})
    page = client.get(f"/compare/?{query}")
    assert [tab.label for tab in page.context["views"].tabs if tab.current] == ["Ours and two"]


def test_what_is_kept_follows_what_is_shown_after_a_swap(client: Any, reader: Any) -> None:
    runs = make_columns(make_world(), 20, 12, 22)
    part = client.get(address(runs, show="differ"), headers={"HX-Request": "true"})
    assert 'id="compared-views" hx-swap-oob="true"' in text(part)
    assert part.context["views"].query.endswith("show=differ")
    assert "hx-swap-oob" not in text(client.get(address(runs, show="differ")))


def test_a_wide_picture_of_slices_is_fetched_later_and_needs_no_script(client: Any, reader: Any) -> None:
    runs = make_columns(make_world(), *range(10, 15))
    page = text(client.get(address(runs)))
    assert "corrected once over" not in page and 'hx-trigger="revealed"' in page
    assert "corrected once over 2 slices and 4 others" in text(client.get(address(runs, grid=1)))
    part = client.get(address(runs), headers={"HX-Request": "true", "HX-Target": "slice-grid"})
    assert "corrected once over 2 slices and 4 others" in text(part)
    assert "compared-samples" not in text(part)


@pytest.mark.parametrize("columns", [2, 8])
def test_it_costs_the_same_for_few_and_many_cases(client: Any, reader: Any, columns: int) -> None:
    sizes = []
    for cases in (6, 48):
        world = make_evaluation_version(make_dataset_version(cases), [make_scorer_version()])
        runs = [make_finished_run([1, 0] * (cases // 2), world) for _ in range(columns)]
        with CaptureQueriesContext(connection) as made:
            client.get(address(runs))
        sizes.append(len(made))
    assert sizes[0] == sizes[1]


def test_it_costs_the_same_for_few_and_many_columns(client: Any, reader: Any) -> None:
    runs = make_columns(make_world(), *range(10, 18))
    sizes = []
    for count in (3, 8):
        with CaptureQueriesContext(connection) as made:
            client.get(address(runs[:count]))
        sizes.append(len(made))
    assert sizes[0] == sizes[1]


def test_without_rivals_it_says_so_and_offers_what_ran_the_same_cases(client: Any, reader: Any) -> None:
    world = make_world()
    ours = make_finished_run([1] * CASES, world)
    assert client.get(f"/compare/?run={ours.pk}&rivals=all").url == f"/compare/?run={ours.pk}"
    assert "Nothing else ran these cases" in text(client.get(f"/compare/?run={ours.pk}"))
    simple = make_finished_run([0] * CASES, world, make_model_version(side="simple", slug="rules", name="1"))
    page = text(client.get(f"/compare/?run={ours.pk}"))
    assert "No rival has a finished run of answers@1 yet." in page
    assert f"?run={ours.pk}&amp;against={simple.pk}" in page


def test_an_evaluation_a_round_a_model_and_a_run_lead_to_the_comparison(client: Any, reader: Any) -> None:
    world = make_world()
    together = make_round(name="Together")
    ours, rival = make_columns(world, 20, 12)
    Run.objects.filter(pk__in=[ours.pk, rival.pk]).update(round=together)
    assert "?evaluation=answers%401&amp;rivals=all" in text(client.get("/evaluations/answers/"))
    page = text(client.get(f"/rounds/{together.pk}/"))
    assert f"/compare/?selected={ours.pk}&amp;selected={rival.pk}" in page
    for path in (f"/rounds/{together.pk}/", "/models/model-0/", f"/runs/{ours.pk}/"):
        assert f"/compare/?run={ours.pk}&amp;rivals=all" in text(client.get(path))


def make_told(world: EvaluationVersion, answer: str = "an answer") -> Run:
    """A run with this answer everywhere, whose judge said why."""
    run, output = make_run(world), store_blob(data=answer.encode())
    for item in run.items.order_by("id"):
        response = Response.objects.create(run=run, case_id=item.case_id, output=output)
        for scorer in world.scorers.select_related("scorer"):
            why = "It quotes the source." if scorer.scorer.slug == "judge" else ""
            Score.objects.create(response=response, scorer_version=scorer, numerator=1.0, rationale=why)
    run.items.update(state=WorkItem.State.DONE)
    run.done, run.state = run.total, Run.State.DONE
    run.save()
    write_vectors(run)
    return run


def test_what_people_and_judges_said_stands_beside_each_answer(client: Any, reader: Any) -> None:
    scorers = [make_scorer_version(slug="judge"), make_scorer_version("external", slug="human")]
    world = make_evaluation_version(make_dataset_version(2), scorers)
    runs = [make_told(world) for _ in "abc"]
    page = text(client.get(address(runs, case="case-000", scorer="judge")))
    assert page.count("It quotes the source.") == 3
    assert page.count("human</span>") == 3
    client.force_login(make_user("pm"))
    assert "It quotes" not in text(client.get(address(runs, case="case-000", scorer="judge")))


def test_long_answers_make_shorter_pages_that_leave_nothing_out(client: Any, reader: Any) -> None:
    world = make_evaluation_version(make_dataset_version(24), [make_scorer_version(slug="judge")])
    runs = [make_told(world, "many words " * 200) for _ in range(6)]
    seen: list[str] = []
    after = 0
    while after is not None:
        reply = client.get(address(runs, after=after))
        assert 3 <= len(reply.context["pairs"]) < 10
        seen += keys(reply)
        after = reply.context["next_after"]
    assert seen == [f"case-{n:03}" for n in range(24)]


@pytest.mark.parametrize("columns", [2, 3])
def test_slices_of_too_few_cases_are_not_drawn(client: Any, reader: Any, columns: int) -> None:
    """A picture of empty lines answers nothing: the page says why there is none, and what was counted stands in the file."""
    runs = make_columns(make_world(12), 11, 6, 5)[:columns]
    page = text(client.get(address(runs)))
    assert "No slice has 10 cases, the fewest that are tested. 2 slices with fewer stand" in page
    assert "Difference by slice" not in page and "slices.svg" not in page
    assert b"too few cases" in b"".join(
        client.get(address(runs).replace("/compare/?", "/compare/slices.csv?"))
    )
    assert client.get(address(runs).replace("/compare/?", "/compare/slices.svg?")).status_code == 404


@pytest.mark.parametrize("columns", [2, 3])
def test_only_slices_of_enough_cases_are_drawn(client: Any, reader: Any, columns: int) -> None:
    cases = [{"key": f"c{n:02}", "slices": {"lang": "ko" if n < 6 else "de"}} for n in range(CASES)]
    world = make_evaluation_version(make_dataset_version(cases), [make_scorer_version(slug="exact")])
    runs = make_columns(world, 20, 12, 22)[:columns]
    drawn = b"".join(client.get(address(runs).replace("/compare/?", "/compare/slices.svg?"))).decode()
    assert ">de" in drawn and ">ko" not in drawn
    assert "1 slice with fewer than 10 cases" in text(client.get(address(runs)))
