from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from config.people.models import Role
from evaluations.models import Evaluation, EvaluationVersion, Suite
from evaluations.queries.estimates import scores_of
from evaluations.queries.vectors import samples_of
from evaluations.statistics import estimate
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_prompt_version,
    make_scorer_version,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(Role.RESEARCHER))
    return client


def text(response) -> str:
    return str(response.content.decode())


def measured(slug: str = "reviews", cases: int = 4) -> EvaluationVersion:
    return make_evaluation_version(make_dataset_version(cases), slug=slug)


def test_an_evaluation_is_made_of_cases_prompt_and_scorers(researcher):
    data = {
        "name": "Sentiment",
        "dataset_version": make_dataset_version().pk,
        "prompt_version": make_prompt_version().pk,
        "prompt_policy": "fixed",
        "scorer_versions": [make_scorer_version().pk],
        "repeats": "3",
        "temperature": "0.2",
        "parameters": '{"top_p": 0.9}',
    }
    response = researcher.post("/evaluations/new/", data)
    version = EvaluationVersion.objects.get()
    assert response.url == "/evaluations/sentiment/"
    assert (version.repeats, version.parameters) == (3, {"top_p": 0.9, "temperature": 0.2})


def test_a_draft_dataset_cannot_be_chosen(researcher):
    draft = make_dataset_version(frozen=False)
    data = {"name": "Sentiment", "dataset_version": draft.pk, "prompt_policy": "fixed", "repeats": "1"}
    response = researcher.post("/evaluations/new/", data)
    assert response.status_code == 422
    assert 'value="Sentiment"' in text(response)
    assert not Evaluation.objects.exists()


def test_the_leaderboard_puts_the_best_first_with_its_range(researcher):
    version = measured()
    make_finished_run([1.0, 0.0, 0.0, 0.0], version, make_model_version(slug="weak"))
    make_finished_run([1.0, 1.0, 1.0, 0.0], version, make_model_version(slug="strong"))
    page = text(researcher.get("/evaluations/reviews/"))
    assert page.index("/models/strong/") < page.index("/models/weak/")
    assert "19.4–99.4" in page


def test_where_less_is_better_the_lowest_comes_first(researcher):
    scorer = make_scorer_version(
        "latency", slug="time", direction="lower", unit="ms", value_kind="unbounded", high=1e12
    )
    version = make_evaluation_version(make_dataset_version(3), [scorer], slug="speed")
    make_finished_run([900.0, 800.0, 950.0], version, make_model_version(slug="slow"))
    make_finished_run([90.0, 80.0, 95.0], version, make_model_version(slug="quick"))
    page = text(researcher.get("/evaluations/speed/"))
    assert page.index("/models/quick/") < page.index("/models/slow/")


def test_only_the_latest_run_of_a_version_stands_on_the_board(researcher):
    version, model = measured(), make_model_version(slug="acme")
    first = make_finished_run([0.0] * 4, version, model)
    last = make_finished_run([1.0] * 4, version, model)
    page = text(researcher.get("/evaluations/reviews/"))
    assert f"Run {last.pk}" in page
    assert f">Run {first.pk}<" not in page


def test_two_runs_of_a_model_make_a_line_over_time(researcher):
    version, model = measured(), make_model(slug="acme")
    for days in (3, 1):
        moment = timezone.now() - timedelta(days=days)
        make_finished_run([1.0, 0.0, 1.0, 1.0], version, make_model_version(model), finished_at=moment)
    assert "<svg" in text(researcher.get("/evaluations/reviews/")).split("Over time")[1]


def test_the_line_over_time_goes_along_as_picture_and_numbers(researcher):
    version, model = measured(), make_model(slug="acme")
    address = "/evaluations/reviews/trend"
    first = make_finished_run([1.0, 0.0, 1.0, 1.0], version, make_model_version(model))
    assert researcher.get(f"{address}.svg").status_code == 404
    second = make_finished_run([1.0, 1.0, 1.0, 1.0], version, make_model_version(model))
    page = text(researcher.get("/evaluations/reviews/?model=acme"))
    assert f"{address}.svg?model=acme" in page and f"{address}.csv?model=acme" in page
    assert b"".join(researcher.get(f"{address}.svg")).startswith(b"<svg")
    sheet = b"".join(researcher.get(f"{address}.csv")).decode().splitlines()
    assert sheet[0] == "version,finished_at,score,low,high,unit,cases,missing,run"
    assert [line.split(",")[-1] for line in sheet[1:]] == [str(first.pk), str(second.pk)]
    assert [line.split(",")[2] for line in sheet[1:]] == ["0.75", "1.0"]


def test_run_leads_to_a_round_with_this_evaluation(researcher):
    measured()
    assert "/rounds/new/?evaluations=reviews" in text(researcher.get("/evaluations/reviews/"))


def test_a_new_version_starts_from_the_newest_and_the_same_makes_none(researcher):
    version = measured()
    page = text(researcher.get("/evaluations/reviews/versions/new/"))
    assert f'value="{version.dataset_version_id}" selected' in page
    data = {
        "dataset_version": version.dataset_version_id,
        "prompt_policy": "fixed",
        "scorer_versions": [scorer.pk for scorer in version.scorers.all()],
        "repeats": "2",
    }
    researcher.post("/evaluations/reviews/versions/new/", data)
    response = researcher.post("/evaluations/reviews/versions/new/", data, follow=True)
    assert "Nothing differs from version 2" in text(response)


@pytest.mark.parametrize("cases", [5, [{"key": f"k{n}", "cluster": f"c{n // 2}"} for n in range(6)]])
def test_scores_from_stored_sums_are_those_of_the_statistics(cases):
    version = make_evaluation_version(make_dataset_version(cases))
    count = cases if isinstance(cases, int) else len(cases)
    run = make_finished_run([1.0, *[0.0, 1.0, 1.0, 0.0, 1.0][: count - 1]], version)
    [line] = scores_of([run])[run.pk]
    expected = estimate(samples_of(run, line.scorer))
    assert expected.interval is not None
    assert (line.point, line.n) == (expected.point, expected.n)
    assert (line.low, line.high) == pytest.approx((expected.interval.low, expected.interval.high))


def test_a_suite_is_made_and_changed(researcher):
    first, second = measured("one").evaluation, measured("two").evaluation
    response = researcher.post("/suites/new/", {"name": "Nightly", "evaluations": [first.pk]})
    assert response.url == "/suites/nightly/"
    researcher.post("/suites/nightly/edit/", {"name": "Every night", "evaluations": [first.pk, second.pk]})
    suite = Suite.objects.get()
    assert (suite.name, suite.evaluations.count()) == ("Every night", 2)
    assert "/evaluations/two/" in text(researcher.get("/suites/nightly/"))


def test_a_suite_without_evaluations_is_refused(researcher):
    response = researcher.post("/suites/new/", {"name": "Empty one"})
    assert response.status_code == 422
    assert 'value="Empty one"' in text(response)


def test_a_viewer_reads_and_makes_nothing(client):
    client.force_login(make_user(Role.VIEWER))
    make_suite([measured().evaluation], slug="nightly")
    for url in ("/evaluations/", "/evaluations/reviews/", "/suites/", "/suites/nightly/"):
        assert client.get(url).status_code == 200
    for url in (
        "/evaluations/new/",
        "/evaluations/reviews/versions/new/",
        "/suites/new/",
        "/suites/nightly/edit/",
    ):
        assert client.get(url).status_code == 403


@pytest.mark.parametrize("url", ["/evaluations/", "/evaluations/reviews/", "/suites/nightly/"])
def test_the_number_of_queries_does_not_grow(researcher, django_assert_max_num_queries, url):
    version = measured()
    suite = make_suite([version.evaluation], slug="nightly")
    make_finished_run([1.0] * 4, version)
    with django_assert_max_num_queries(30) as few:
        researcher.get(url)
    for _ in range(4):
        make_finished_run([1.0] * 4, version)
        suite.evaluations.add(make_evaluation_version().evaluation)
    with django_assert_max_num_queries(len(few)):
        researcher.get(url)
