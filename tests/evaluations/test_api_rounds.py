import pytest

from evaluations.models import Round, Run, Schedule
from tests.api_client import Caller, error_of
from tests.factories.capabilities import make_product
from tests.factories.evaluations import (
    ALWAYS_YES,
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_round,
    make_run,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller():
    return Caller("read", "write", user=make_user("researcher"))


def test_a_round_is_started_once_for_a_key(caller) -> None:
    evaluation, version = make_evaluation_version(), make_model_version()
    body = {
        "name": "Try",
        "evaluations": [evaluation.pk, evaluation.evaluation.slug],
        "versions": [version.label],
        "cap": "5",
        "cap_unit": "calls",
        "priority": 1,
    }
    first = caller.post("/rounds/", body, Idempotency_Key="a")
    again = caller.post("/rounds/", body, Idempotency_Key="a")
    other = caller.post("/rounds/", {**body, "name": "Another"}, Idempotency_Key="a")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert error_of(other) == (409, "idempotency_key")
    assert [run["state"] for run in first.json()["runs"]] == ["queued"]
    assert (first.json()["origin"], first.json()["cap"]) == ("api", "5.00000000")


def test_a_suite_stands_for_its_evaluations(caller) -> None:
    versions = [make_evaluation_version(), make_evaluation_version()]
    suite = make_suite([version.evaluation for version in versions])
    body = {"suite": suite.slug, "versions": [make_model_version().pk]}
    preview = caller.post("/rounds/preview/", body)
    assert preview.json() == {
        "calls": 6,
        "reused": 0,
        "exact": True,
        "tokens": 0,
        "cost_low": "0.00000000",
        "cost_high": "0.00000000",
        "currency": "USD",
        "at_most": False,
        "problems": [],
    }
    assert Run.objects.count() == 0
    assert len(caller.post("/rounds/", {**body, "name": "Nightly"}).json()["runs"]) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"versions": []},
        {"versions": ["no@body"]},
        {"evaluations": []},
        {"evaluations": ["nothing"]},
        {"cap": "x"},
        {"cap": "1e99"},
        {"cap_unit": "gold"},
        {"priority": 0},
        {"name": "x" * 161},
        {"settled": "1"},
    ],
)
def test_bad_rounds_are_a_400(caller, change) -> None:
    body = {
        "name": "Try",
        "evaluations": [make_evaluation_version().pk],
        "versions": [make_model_version().pk],
        **change,
    }
    assert error_of(caller.post("/rounds/", body))[0] == 400
    assert Round.objects.count() == 0


def test_what_cannot_run_is_a_422_with_the_reason(caller) -> None:
    version = make_model_version(stage="retired")
    body = {"name": "Try", "evaluations": [make_evaluation_version().pk], "versions": [version.pk]}
    refused = caller.post("/rounds/", body)
    assert error_of(refused) == (422, "cannot_run")
    assert "retired" in refused.json()["error"]["message"]


def test_viewers_and_push_tokens_start_nothing() -> None:
    assert error_of(Caller("read", user=make_user("viewer")).post("/rounds/", {}))[0] == 403
    assert error_of(Caller("read", "push").post("/rounds/", {}))[0] == 403


def test_rounds_are_listed_and_shown_in_a_constant_number_of_queries(
    caller, django_assert_num_queries
) -> None:
    first = make_round(created_by=caller.user)
    make_run(round=first)
    caller.get("/rounds/")
    with django_assert_num_queries(2):
        caller.get("/rounds/")
    with django_assert_num_queries(8) as small:
        caller.get(f"/rounds/{first.pk}/")
    for _ in range(3):
        make_run(round=first)
        make_round(suite=make_suite([]))
    with django_assert_num_queries(2):
        assert len(caller.get("/rounds/").json()["results"]) == 4
    with django_assert_num_queries(len(small)):
        assert len(caller.get(f"/rounds/{first.pk}/").json()["runs"]) == 4


def schedule_body(**change):
    suite = make_suite([make_evaluation_version().evaluation])
    return {"name": "Nightly", "suite": suite.slug, "cron": "0 7 * * 1-5", "zone": "Europe/Berlin", **change}


def test_a_schedule_is_made_changed_previewed_and_run_at_once(caller) -> None:
    version = make_model_version()
    made = caller.post("/schedules/", schedule_body(selector={"models": [version.model.slug]}))
    path = f"/schedules/{made.json()['id']}/"
    assert made.status_code == 201
    assert made.json()["words"].endswith("(Europe/Berlin)")
    assert len(made.json()["next_times"]) == 5
    assert caller.get(f"{path}preview/").json()["calls"] == 3
    started = caller.post(f"{path}run-now/")
    assert started.status_code == 201
    assert Run.objects.get().round_id == started.json()["id"]
    off = caller.patch(path, {"enabled": False})
    assert (off.json()["enabled"], off.json()["next_times"]) == (False, [])
    assert caller.get(f"{path}slots/").json() == {"next": None, "results": []}
    assert caller.get("/schedules/", {"enabled": "true"}).json()["count"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"cron": "every day"},
        {"cron": "99 * * * *"},
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"suite": "nothing"},
        {"selector": {"kinds": ["magic"]}},
        {"selector": []},
        {"cap": "-1"},
        {"ticked_to": "2020-01-01T00:00:00Z"},
    ],
)
def test_bad_schedules_are_a_400(caller, change) -> None:
    assert error_of(caller.post("/schedules/", schedule_body(**change)))[0] == 400
    assert Schedule.objects.count() == 0


def two_runs():
    cases = [
        {"key": key, "slices": {"lang": lang}}
        for key, lang in zip("abcd", ("de", "fr", "de", "fr"), strict=True)
    ]
    evaluation = make_evaluation_version(make_dataset_version(cases))
    return make_finished_run([1, 1, 1, None], evaluation), make_finished_run([1, 0, 0, 1], evaluation)


def test_two_runs_are_compared_in_the_shape_of_the_contract() -> None:
    run_a, run_b = two_runs()
    body = Caller().get("/comparisons/", {"run": run_a.pk, "against": run_b.pk}).json()
    assert set(body) == {
        "comparable",
        "n",
        "points",
        "difference",
        "counts",
        "missing",
        "supported",
        "sentence",
        "slices",
        "even",
        "mixes",
        "shared_answers",
        "cost",
        "trade_off",
    }
    assert (body["cost"], body["trade_off"]) == (None, None)
    assert body["comparable"] == {"ok": True, "differs": []}
    assert body["missing"] == {"a": 1, "b": 0}
    assert set(body["counts"]) == {"both", "only_a", "only_b", "neither"}
    assert set(body["difference"]) == {"point", "low", "high", "confidence", "method"}
    assert {one["slice"] for one in body["slices"]} == {"lang=de", "lang=fr"}


def test_versions_are_compared_by_their_latest_runs() -> None:
    run_a, run_b = two_runs()
    query = {
        "version": run_a.model_version.label,
        "against_version": run_b.model_version.label,
        "evaluation": str(run_a.evaluation_version),
        "slice": "lang=de",
    }
    by_versions = Caller().get("/comparisons/", query).json()
    by_runs = Caller().get("/comparisons/", {"run": run_a.pk, "against": run_b.pk, "slice": "lang=de"}).json()
    assert by_versions == by_runs


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"run": "x", "against": "y"}, 400),
        ({"run": "1"}, 400),
        ({"varies": "weather"}, 400),
        ({"slice": "lang"}, 400),
        ({"scorer": "nobody"}, 422),
    ],
)
def test_odd_comparisons_are_refused(query, status) -> None:
    run_a, run_b = two_runs()
    named = {"run": run_a.pk, "against": run_b.pk} if {"slice", "scorer", "varies"} & query.keys() else {}
    assert error_of(Caller().get("/comparisons/", {**named, **query}))[0] == status


def test_a_version_without_a_finished_run_cannot_be_compared() -> None:
    run_a, _ = two_runs()
    query = {
        "version": run_a.model_version.label,
        "against_version": make_model_version().label,
        "evaluation": str(run_a.evaluation_version),
    }
    assert error_of(Caller().get("/comparisons/", query)) == (422, "not_comparable")


def test_a_schedules_product_is_set_and_changed_and_only_one_that_one_may_see(caller) -> None:
    seen, hidden = make_product(key="VA"), make_product(key="SEC", restricted=True)
    made = caller.post("/schedules/", schedule_body(charged_to=seen.key))
    assert (made.status_code, made.json()["charged_to"]) == (201, "VA")
    path = f"/schedules/{made.json()['id']}/"
    assert caller.patch(path, {"charged_to": hidden.key}).status_code == 400
    assert caller.patch(path, {"enabled": False}).json()["charged_to"] == "VA"
    assert caller.patch(path, {"charged_to": ""}).json()["charged_to"] is None
    Schedule.objects.update(charged_to=hidden.key)
    assert caller.get(path).json()["charged_to"] is None


def test_a_schedule_of_new_versions_is_made_without_a_calendar(caller) -> None:
    body = schedule_body(on_new_version=True, cap="20", cap_unit="calls")
    del body["cron"]
    made = caller.post("/schedules/", body)
    assert (made.status_code, made.json()["words"]) == (201, "When a version is registered")
    model = make_model()
    pipeline = Caller("push", user=caller.user)
    reply = pipeline.put(f"/models/{model.slug}/versions/v1/", {"parameters": {"rule_set": ALWAYS_YES}})
    assert reply.status_code == 201
    [slot] = caller.get(f"/schedules/{made.json()['id']}/slots/").json()["results"]
    assert (slot["outcome"], slot["model_version"]) == ("ran", f"{model.slug}@v1")
    assert caller.get(f"/rounds/{slot['round']}/").json()["origin"] == "new_version"
