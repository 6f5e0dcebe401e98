from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluations.models import Exposure, Response, Run
from evaluations.services.blobs import store_blob
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_run,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
CASES: list[dict[str, Any]] = [
    {"key": "right", "input": "secret question", "slices": {"lang": "de"}},
    {"key": "wrong", "slices": {"lang": "de"}},
    {"key": "flaky", "slices": {"lang": "fr"}},
    {"key": "half", "slices": {"lang": "fr"}},
    {"key": "gone"},
]
SCORES = [[1, 1], [0, 0], [1, 0], [1, None], [None, None]]


@pytest.fixture
def run():
    return make_finished_run(SCORES, make_evaluation_version(make_dataset_version(CASES), repeats=2))


@pytest.fixture
def reader(client):
    person = make_user("viewer", may_read_test=True)
    client.force_login(person)
    return person


def keys(reply):
    return [row.key for row in reply.context["rows"]]


def counts(reply):
    return {facet.label: facet.count for facet in reply.context["facets"]}


def text(reply) -> str:
    return " ".join(reply.content.decode().split())


def test_facets_count_cases_by_all_of_their_tries(client, reader, run) -> None:
    found = counts(client.get(f"/runs/{run.pk}/samples/"))
    assert found["all cases"] == 5
    assert (found["right"], found["wrong"], found["flaky"], found["missing"]) == (2, 1, 1, 1)


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("passed", ["right", "half"]),
        ("failed", ["wrong"]),
        ("flaky", ["flaky"]),
        ("missing", ["gone"]),
        ("errored", []),
        ("nonsense", ["right", "wrong", "flaky", "half", "gone"]),
    ],
)
def test_each_facet_shows_its_cases(client, reader, run, show, expected) -> None:
    assert keys(client.get(f"/runs/{run.pk}/samples/?show={show}")) == expected


def test_a_slice_narrows_and_nonsense_is_said(client, reader, run) -> None:
    assert keys(client.get(f"/runs/{run.pk}/samples/?slice=lang=fr&show=flaky")) == ["flaky"]
    wrong = client.get(f"/runs/{run.pk}/samples/?slice=lang&scorer=nobody&vs=77")
    page = text(wrong)
    assert len(wrong.context["rows"]) == 5
    assert "A slice needs its name" in page and "no scorer “nobody”" in page and "no finished run 77" in page


def test_whoever_may_not_read_test_content_sees_hashes_and_scores(client, run) -> None:
    client.force_login(make_user("pm"))
    reply = client.get(f"/runs/{run.pk}/samples/?case=right")
    page = text(reply)
    assert "Only hashes and scores are shown" in page
    assert "secret question" not in page and "an answer" not in page
    assert reply.context["rows"][0].hash[:16] in page
    assert not Exposure.objects.exists()


def test_each_page_of_test_content_is_noted_and_counted(client, reader, run) -> None:
    assert "secret question" in text(client.get(f"/runs/{run.pk}/samples/"))
    again = client.get(f"/runs/{run.pk}/samples/?show=failed")
    assert [(one.user, one.samples, one.via) for one in Exposure.objects.order_by("pk")] == [
        (reader, 5, "page"),
        (reader, 1, "page"),
    ]
    assert (again.context["exposed"].readings, again.context["exposed"].samples) == (2, 6)


def test_dev_cases_are_open_to_everybody_and_leave_no_note(client) -> None:
    client.force_login(make_user("viewer"))
    dev = make_finished_run([1], make_evaluation_version(make_dataset_version(CASES[:1], purpose="dev")))
    assert "secret question" in text(client.get(f"/runs/{dev.pk}/samples/"))
    assert not Exposure.objects.exists()


def test_one_case_opens_beside_the_list(client, reader, run) -> None:
    part = client.get(
        f"/runs/{run.pk}/samples/?case=flaky", headers={"HX-Request": "true", "HX-Target": "sample-detail"}
    )
    page = text(part)
    assert "<table" not in page and "Answer 2" in page
    assert Exposure.objects.get().samples == 1
    assert client.get(f"/runs/{run.pk}/samples/?case=unknown").context["row"] is None


def test_beside_another_run_cases_are_won_and_lost(client, reader, run) -> None:
    other = make_finished_run([[0, 0], [1, 1], [1, 1], [1, 1], [1, 1]], run.evaluation_version)
    reply = client.get(f"/runs/{run.pk}/samples/?vs={other.pk}")
    found = counts(reply)
    assert (found["A right, B wrong"], found["A wrong, B right"], found["both right"]) == (1, 1, 1)
    assert (found["flaky"], found["missing"]) == (1, 1)
    assert keys(client.get(f"/runs/{run.pk}/samples/?vs={other.pk}&show=lost")) == ["wrong"]


def test_what_a_model_wrote_is_shown_and_never_run(client, reader) -> None:
    run = make_run(state=Run.State.PARTIAL)
    evil = store_blob(data="<script>alert(1)</script>\u202eabc".encode())
    Response.objects.create(run=run, case=run.items.earliest("pk").case, output=evil)
    page = client.get(f"/runs/{run.pk}/samples/").content.decode()
    assert "<script>alert(1)" not in page
    assert "U+202E" in page


def test_pages_go_on_after_the_last_case(client, reader) -> None:
    long = make_finished_run([1] * 60)
    first = client.get(f"/runs/{long.pk}/samples/")
    assert len(first.context["rows"]) == 50
    assert len(keys(client.get(f"/runs/{long.pk}/samples/?after={first.context['next_after']}"))) == 10


def test_samples_cost_the_same_for_few_and_many(client, reader) -> None:
    sizes = []
    for run in (make_finished_run([1, 0]), make_finished_run([1, 0] * 15)):
        with CaptureQueriesContext(connection) as made:
            client.get(f"/runs/{run.pk}/samples/")
        sizes.append(len(made))
    assert sizes[0] == sizes[1]


def test_lower_is_better_where_the_scorer_says_so(client, reader) -> None:
    scorer = make_scorer_version(direction="lower", value_kind="unbounded", unit="ms", pass_mark=100.0)
    run = make_finished_run(
        [50, 150], make_evaluation_version(make_dataset_version(["fast", "slow"]), [scorer])
    )
    assert keys(client.get(f"/runs/{run.pk}/samples/?show=passed")) == ["fast"]
