from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.models import Run, WorkItem
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_round,
    make_run,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
DEEDS = ["cancel", "resume", "retry", "rescore", "again"]


@pytest.fixture
def researcher(client):
    person = make_user("researcher")
    client.force_login(person)
    return person


def text(reply) -> str:
    return " ".join(reply.content.decode().split())


def queries_of(client, path) -> int:
    with CaptureQueriesContext(
        connection,
    ) as made:
        assert client.get(path).status_code == 200
    return len(made)


@pytest.mark.parametrize("path", ["/runs/", "/runs/1/", "/runs/1/samples/"])
def test_strangers_are_asked_to_sign_in(client, path) -> None:
    assert client.get(path).url == f"/sign-in/?next={path}"


@pytest.mark.parametrize("deed", DEEDS)
def test_a_viewer_starts_and_stops_nothing(client, deed) -> None:
    run = make_run()
    client.force_login(make_user("viewer"))
    assert client.post(f"/runs/{run.pk}/{deed}/").status_code == 403
    assert "Cancel run" not in text(client.get(f"/runs/{run.pk}/"))


@pytest.mark.parametrize("deed", DEEDS)
def test_nothing_is_started_by_following_a_link(client, researcher, deed) -> None:
    assert client.get(f"/runs/{make_run().pk}/{deed}/").status_code == 405


def test_an_empty_list_offers_what_to_do(client, researcher) -> None:
    page = text(client.get("/runs/"))
    assert "Nothing has been run yet" in page
    assert "/rounds/new/" in page and "/schedules/new/" in page


def test_the_list_follows_its_filters(client, researcher) -> None:
    done, queued = make_finished_run(), make_run()
    runs = client.get("/runs/?state=done").context["rows"]
    assert [run for run, _ in runs] == [done]
    label = queued.model_version.label
    assert [run for run, _ in client.get(f"/runs/?model={label}").context["rows"]] == [queued]
    assert "No run matches" in text(client.get("/runs/?evaluation=none"))


def test_a_long_list_goes_on_from_the_last_run(client, researcher) -> None:
    evaluation = make_evaluation_version(make_dataset_version(1))
    runs = [make_run(evaluation) for _ in range(52)]
    first = client.get("/runs/")
    assert first.context["page"].older == runs[2].pk
    second = client.get(f"/runs/?before={runs[2].pk}")
    assert [run for run, _ in second.context["rows"]] == [runs[1], runs[0]]
    assert client.get("/runs/?before=nonsense").context["rows"][0][0] == runs[-1]


def test_the_list_costs_the_same_for_few_and_many(client, researcher) -> None:
    make_finished_run()
    few = queries_of(client, "/runs/")
    for _ in range(4):
        make_finished_run()
    assert queries_of(client, "/runs/") == few


def test_htmx_gets_the_table_alone(client, researcher) -> None:
    make_run()
    page = text(client.get("/runs/", headers={"HX-Request": "true"}))
    assert page.startswith('<div id="runs">') or '<div id="runs">' in page[:200]
    assert "<html" not in page


def test_a_moving_run_keeps_itself_fresh_and_can_be_cancelled(client, researcher) -> None:
    run = make_run(state=Run.State.RUNNING, started_at=timezone.now() - timedelta(minutes=1), done=1)
    page = text(client.get(f"/runs/{run.pk}/"))
    assert 'data-live="2"' in page and "Cancel run" in page
    client.post(f"/runs/{run.pk}/cancel/")
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    ended = text(client.get(f"/runs/{run.pk}/", headers={"HX-Request": "true"}))
    assert "data-live" not in ended
    assert 'id="run-actions" hx-swap-oob="true"' in ended


def test_spend_crashes_and_pauses_are_said_in_words(client, researcher) -> None:
    run = make_run(
        state=Run.State.RUNNING,
        cap=Decimal(10),
        settled=Decimal(2),
        reserved=Decimal(1),
        unknown=Decimal("0.5"),
        cost=Decimal(2),
        calls_unknown=3,
        paused_since=timezone.now(),
        paused_reason="The provider is not answering.",
    )
    run.items.filter(pk=run.items.earliest("pk").pk).update(error_class="rate_limited", error="429")
    page = text(client.get(f"/runs/{run.pk}/"))
    for words in (
        "$2.00 settled",
        "up to $1.00 for calls on their way",
        "up to $0.50 for calls whose outcome was lost",
        "Billed again after a crash: at most 3 calls",
        "The provider asked us to slow down: 1 sample, still tried",
        "The provider is not answering.",
    ):
        assert words in page


def test_a_finished_run_shows_each_scorer_with_its_range_and_slices(client, researcher) -> None:
    cases = [{"key": f"c{n}", "slices": {"lang": "de" if n % 2 else "fr"}} for n in range(8)]
    scorers = [make_scorer_version(slug="exact-match"), make_scorer_version(slug="length")]
    evaluation = make_evaluation_version(make_dataset_version(cases), scorers)
    run = make_finished_run([1, 0, 1, 0, 1, 0, 1, None], evaluation)
    reply = client.get(f"/runs/{run.pk}/")
    page = text(reply)
    assert "exact-match@1" in page and "length@1" in page
    assert "57.1" in page and "18.4–90.1" in page.replace("\xa0", " ")
    assert "show=failed&amp;slice=lang%3Dde" in page
    assert "1 missing" in page
    line = reply.context["lines"][0]
    assert [(one.name, one.n, one.failed) for one in line.slices] == [("lang=de", 3, 3), ("lang=fr", 4, 0)]


def test_the_page_of_a_run_costs_the_same_for_few_and_many_cases(client, researcher) -> None:
    few = queries_of(client, f"/runs/{make_finished_run([1, 0]).pk}/")
    assert queries_of(client, f"/runs/{make_finished_run([1, 0] * 20).pk}/") == few


def test_a_partial_run_is_resumed_and_a_done_one_is_not(client, researcher) -> None:
    partial, done = make_finished_run([1, None]), make_finished_run([1])
    client.post(f"/runs/{partial.pk}/resume/")
    partial.refresh_from_db()
    assert partial.state == Run.State.RUNNING
    assert partial.items.filter(state=WorkItem.State.PENDING).count() == 1
    refused = client.post(f"/runs/{done.pk}/resume/", follow=True)
    assert "only a partial run can be resumed" in text(refused)


def test_starting_again_twice_from_one_page_starts_one_run(client, researcher) -> None:
    run = make_finished_run(round=make_round(cap=Decimal(5), cap_unit="calls"), cap_unit="calls")
    key = client.get(f"/runs/{run.pk}/").context["start_key"]
    for _ in range(2):
        client.post(f"/runs/{run.pk}/again/", {"key": key})
    [started] = Run.objects.exclude(pk=run.pk)
    assert started.cap == 5
    assert started.created_by == researcher


def test_an_unknown_run_is_not_found(client, researcher) -> None:
    assert client.get("/runs/404/").status_code == 404
    assert client.get("/runs/99999999999999999999999/").status_code == 404
    assert client.post("/runs/404/cancel/").status_code == 404
