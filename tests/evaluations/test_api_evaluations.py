import pytest

from evaluations.models import EvaluationVersion, Exposure
from tests.api_client import Caller, error_of, lines_of
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model_version,
    make_prompt_version,
    make_scorer_version,
    make_suite,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer():
    return Caller("read", "write")


def test_an_evaluation_is_made_of_published_parts(writer) -> None:
    make_dataset_version(slug="reviews")
    prompt = writer.post(
        "/prompts/", {"slug": "rate", "messages": [{"role": "user", "content": "Rate: {{input}}"}]}
    )
    scorer = writer.post("/scorers/", {"slug": "same", "kind": "exact", "config": {}})
    body = {
        "slug": "stars",
        "dataset_version": "reviews@1",
        "scorer_versions": ["same"],
        "prompt_version": "rate@1",
        "parameters": {"temperature": 0},
        "repeats": 2,
    }
    made = writer.post("/evaluations/", body)
    again = writer.post("/evaluations/", body)
    assert (prompt.status_code, scorer.status_code, made.status_code) == (201, 201, 201)
    assert made.json()["label"] == again.json()["label"] == "stars@1"
    assert writer.post("/evaluations/", {**body, "repeats": 3}).json()["label"] == "stars@2"
    assert writer.get("/evaluations/stars/").json()["repeats"] == 3
    assert writer.get("/evaluations/stars@1/").json()["scorers"] == ["same@1"]
    assert writer.get(f"/evaluations/{made.json()['id']}/").json()["label"] == "stars@1"
    suite = writer.post("/suites/", {"slug": "nightly", "name": "Nightly", "evaluations": ["stars"]})
    assert suite.json()["evaluations"] == ["stars"]


@pytest.mark.parametrize(
    "change",
    [
        {"dataset_version": "nothing"},
        {"dataset_version": "reviews@99999999999"},
        {"scorer_versions": []},
        {"scorer_versions": ["same", "same"]},
        {"scorer_versions": "same"},
        {"repeats": 0},
        {"repeats": 101},
        {"parameters": "hot"},
        {"slug": "not a slug"},
        {"fingerprint": "mine"},
    ],
)
def test_parts_that_do_not_fit_are_a_400(writer, change) -> None:
    make_dataset_version(slug="reviews")
    make_scorer_version(slug="same")
    body = {"slug": "stars", "dataset_version": "reviews", "scorer_versions": ["same"], **change}
    assert error_of(writer.post("/evaluations/", body))[0] == 400
    assert not EvaluationVersion.objects.exists()


def test_a_draft_dataset_is_refused(writer) -> None:
    make_dataset_version(slug="reviews", frozen=False)
    make_scorer_version(slug="same")
    body = {"slug": "stars", "dataset_version": "reviews@1", "scorer_versions": ["same"]}
    assert error_of(writer.post("/evaluations/", body)) == (422, "draft")


@pytest.mark.parametrize(
    ("noun", "body"),
    [
        ("prompts", {"slug": "p", "messages": []}),
        ("prompts", {"slug": "p", "messages": [{"role": "boss", "content": "x"}]}),
        (
            "prompts",
            {"slug": "p", "messages": [{"role": "user", "content": "x"}], "output_schema": {"type": 7}},
        ),
        ("scorers", {"slug": "s", "kind": "magic"}),
        ("scorers", {"slug": "s", "kind": "pattern", "config": {"pattern": "("}}),
        ("scorers", {"slug": "s", "kind": "external", "config": {}, "low": 2.0, "high": 1.0}),
        ("suites", {"slug": "s", "name": "S", "evaluations": ["nobody"]}),
    ],
)
def test_parts_that_cannot_work_are_a_400(writer, noun, body) -> None:
    assert error_of(writer.post(f"/{noun}/", body))[0] == 400


def test_a_runner_gets_rendered_messages_and_targets_only_of_development_cases() -> None:
    prompt = make_prompt_version([{"role": "user", "content": "Rate: {{input}}"}])
    cases = [{"key": "a", "input": "nice", "slices": {"lang": "en"}, "cluster": "app"}]
    dev = make_evaluation_version(make_dataset_version(cases, purpose="dev"), prompt_version=prompt)
    test = make_evaluation_version(make_dataset_version(cases), prompt_version=prompt)
    [line] = lines_of(Caller().get(f"/evaluations/{dev.pk}/cases/"))
    [hidden] = lines_of(Caller().get(f"/evaluations/{test.evaluation.slug}@1/cases/"))
    assert line["messages"] == hidden["messages"] == [{"role": "user", "content": "Rate: nice"}]
    assert (hidden["key"], hidden["slices"], hidden["cluster"]) == ("a", {"lang": "en"}, "app")
    assert line["target"] == "yes"
    assert "target" not in hidden
    assert Exposure.objects.count() == 0
    [shown] = lines_of(Caller("read", "read_test").get(f"/evaluations/{test.pk}/cases/"))
    assert shown["target"] == "yes"
    assert Exposure.objects.get().dataset_version == test.dataset_version


def test_where_each_version_brings_its_own_prompt_the_version_is_named() -> None:
    evaluation = make_evaluation_version(make_dataset_version(["a"]), prompt_policy="own")
    version = make_model_version(
        own_prompt=make_prompt_version([{"role": "user", "content": "Mine: {{input}}"}])
    )
    path = f"/evaluations/{evaluation.pk}/cases/"
    assert error_of(Caller().get(path)) == (400, "invalid")
    [line] = lines_of(Caller().get(path, {"version": version.label}))
    assert line["messages"][0]["content"].startswith("Mine: ")


def test_a_prompt_that_asks_for_what_a_case_lacks_leaves_its_messages_out() -> None:
    prompt = make_prompt_version([{"role": "user", "content": "{{question}}"}])
    evaluation = make_evaluation_version(make_dataset_version(["a"]), prompt_version=prompt)
    assert lines_of(Caller().get(f"/evaluations/{evaluation.pk}/cases/"))[0]["messages"] is None


@pytest.mark.parametrize("key", ["nothing", "nothing@1", "x@y", "1@1", "99999999999999999999"])
def test_evaluations_that_are_not_there_are_a_404(key) -> None:
    assert error_of(Caller().get(f"/evaluations/{key}/")) == (404, "not_found")
    assert error_of(Caller().get(f"/evaluations/{key}/cases/")) == (404, "not_found")


@pytest.mark.parametrize(
    ("noun", "queries"), [("evaluations", 6), ("prompts", 4), ("scorers", 4), ("suites", 4)]
)
def test_lists_take_a_constant_number_of_queries(django_assert_num_queries, noun, queries) -> None:
    def grow(count):
        for _ in range(count):
            version = make_evaluation_version(prompt_version=make_prompt_version())
            make_evaluation_version(evaluation=version.evaluation)
            make_suite([version.evaluation])

    caller = Caller()
    grow(1)
    caller.get(f"/{noun}/")
    with django_assert_num_queries(queries):
        caller.get(f"/{noun}/")
    grow(4)
    with django_assert_num_queries(queries):
        assert caller.get(f"/{noun}/").json()["count"] >= 5


def test_evaluations_are_found_by_what_they_use() -> None:
    version = make_evaluation_version()
    make_evaluation_version()
    slug = version.evaluation.slug

    def found(**query):
        return [row["slug"] for row in Caller().get("/evaluations/", query).json()["results"]]

    assert found(dataset=version.dataset_version.dataset.slug) == [slug]
    assert found(scorer=version.scorers.get().scorer.slug) == [slug]
    assert found(suite=make_suite([version.evaluation]).slug) == [slug]
    assert found(q=slug) == [slug]
