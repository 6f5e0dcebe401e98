import gzip
import json
import zlib

import pytest

from evaluations.models import Exposure, Run
from tests.api_client import Caller, error_of, lines_of
from tests.engine import work_off
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_run,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation():
    scorer = make_scorer_version("external", slug="judged", value_kind="bounded")
    return make_evaluation_version(make_dataset_version(["a", "b", "c"]), [scorer], slug="checks")


def opened(caller, evaluation, key="one", **more):
    version = make_model_version(slug=f"ours-{key}", name="step-1")
    body = {
        "evaluation_version": "checks@1",
        "model_version": version.label,
        "origin": "push",
        "training_run": "t1",
        **more,
    }
    return caller.post("/runs/", body, Idempotency_Key=key), body


def ndjson(*rows):
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def test_a_push_run_is_opened_once_for_a_key_and_never_with_another_body(evaluation) -> None:
    caller = Caller("push", "read")
    first, body = opened(caller, evaluation)
    again = caller.post("/runs/", body, Idempotency_Key="one")
    other = caller.post("/runs/", {**body, "training_run": "t2"}, Idempotency_Key="one")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["state"] == "running"
    assert error_of(other) == (409, "idempotency_key")
    assert Run.objects.count() == 1


def test_opening_without_a_key_is_refused(evaluation) -> None:
    body = {"evaluation_version": "checks", "model_version": make_model_version().label, "origin": "push"}
    assert error_of(Caller("push").post("/runs/", body)) == (400, "invalid")


def test_lines_are_accepted_once_duplicates_counted_conflicts_and_strangers_rejected(evaluation) -> None:
    caller = Caller("push", "read")
    run = opened(caller, evaluation)[0].json()["id"]
    good = [{"case": key, "output": f"answer {key}", "scores": {"judged": 0.5}} for key in "ab"]
    first = caller.upload(f"/runs/{run}/results/", ndjson(*good))
    replay = caller.upload(f"/runs/{run}/results/", ndjson(*good))
    bad = caller.upload(
        f"/runs/{run}/results/",
        ndjson({**good[0], "output": "another"}, {"case": "nobody", "output": "x"})
        + b'{"case": "c", "scores": {"judged": NaN}}\n{"case": "c", "output": "\\u0000"}\n{"case": "c", "scores": {"odd": 1}}',
    )
    assert first.json() == {"accepted": 2, "duplicate": 0, "rejected": []}
    assert replay.json() == {"accepted": 0, "duplicate": 2, "rejected": []}
    assert bad.json()["accepted"] == 0
    assert [one["line"] for one in bad.json()["rejected"]] == [1, 2, 3, 4, 5]


def test_a_gzipped_body_is_unpacked(evaluation) -> None:
    caller = Caller("push")
    run = opened(caller, evaluation)[0].json()["id"]
    packed = gzip.compress(ndjson({"case": "a", "scores": {"judged": 1}})) + gzip.compress(
        ndjson({"case": "b", "scores": {"judged": 1}})
    )
    reply = caller.upload(f"/runs/{run}/results/", packed, Content_Encoding="gzip")
    assert reply.json()["accepted"] == 2


def bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b"\n" * (1 << 20)) for _ in range(100)) + packer.flush()


@pytest.mark.parametrize(
    ("content", "encoding", "answer"),
    [
        (b"not gzip at all", "gzip", (400, "parse_error")),
        (gzip.compress(b'{"case": "a"}' * 50)[:-9], "gzip", (400, "parse_error")),
        (bomb(), "gzip", (413, "too_large")),
        (b"\n" * 200_002, "", (413, "too_large")),
        (b"x" * (6 << 20), "", (413, "too_large")),
        (b"{}", "br", (415, "unsupported_media_type")),
    ],
    ids=["no gzip", "cut", "bomb", "lines", "one line", "encoding"],
)
def test_bodies_that_cannot_be_taken_are_refused(evaluation, content, encoding, answer) -> None:
    caller = Caller("push")
    run = opened(caller, evaluation)[0].json()["id"]
    headers = {"Content_Encoding": encoding} if encoding else {}
    assert error_of(caller.upload(f"/runs/{run}/results/", content, **headers)) == answer


def test_a_body_over_the_cap_is_a_413(evaluation, settings) -> None:
    settings.MAX_PUSH_BYTES = 1000
    caller = Caller("push")
    run = opened(caller, evaluation)[0].json()["id"]
    reply = caller.upload(f"/runs/{run}/results/", ndjson(*[{"case": "a", "output": "x" * 100}] * 20))
    assert error_of(reply) == (413, "too_large")


def test_finishing_scores_the_run_and_what_never_came_is_missing(evaluation) -> None:
    caller = Caller("push", "read")
    run = opened(caller, evaluation)[0].json()["id"]
    caller.upload(f"/runs/{run}/results/", ndjson({"case": "a", "scores": {"judged": 0.5}}))
    finished = caller.post(f"/runs/{run}/finish/")
    work_off(Run.objects.get(pk=run))
    shown = caller.get(f"/runs/{run}/").json()
    assert finished.json()["state"] == "scoring"
    assert (shown["state"], shown["done"], shown["failed"]) == ("partial", 1, 2)
    assert shown["aggregates"][0]["scorer"] == "judged"
    assert shown["aggregates"][0]["missing"] == 2
    late = caller.upload(f"/runs/{run}/results/", ndjson({"case": "b", "scores": {"judged": 0.5}}))
    assert error_of(late) == (422, "state")


def test_a_run_that_calls_the_model_needs_the_write_scope_too() -> None:
    user = make_user("researcher")
    version = make_model_version()
    body = {"evaluation_version": make_evaluation_version().evaluation.slug, "model_version": version.pk}
    assert error_of(Caller("push", user=user).post("/runs/", body)) == (403, "permission_denied")
    caller = Caller("push", "write", user=user)
    started = caller.post("/runs/", body, Idempotency_Key="k")
    assert started.status_code == 201
    assert started.json()["origin"] == "api"
    assert caller.post("/runs/", body, Idempotency_Key="k").status_code == 200
    assert work_off(Run.objects.get()).state == "done"


def test_a_run_is_cancelled_resumed_tried_again_and_scored_again() -> None:
    caller = Caller("read", "push", "write")
    run = make_run()
    assert caller.post(f"/runs/{run.pk}/cancel/", {"reason": "Enough."}).json()["state"] == "cancelled"
    partial = make_finished_run([1, None])
    assert caller.post(f"/runs/{partial.pk}/resume/").json()["generation"] == 2
    assert caller.post(f"/runs/{make_finished_run().pk}/rescore/").json()["state"] == "scoring"
    failed = make_finished_run([1, None], state="failed")
    assert caller.post(f"/runs/{failed.pk}/retry/").json()["state"] == "queued"
    assert error_of(caller.post(f"/runs/{run.pk}/resume/")) == (422, "state")


def test_without_read_test_samples_are_hashes_and_scores() -> None:
    run = make_finished_run([1, 0, None])
    lines = lines_of(Caller("read").get(f"/runs/{run.pk}/samples/"))
    assert [set(line) for line in lines] == [{"hash", "repeat", "scores"}] * 3
    assert [[score["passed"] for score in line["scores"].values()] for line in lines] == [[True], [False], []]
    assert not any("rationale" in score for line in lines for score in line["scores"].values())
    assert Exposure.objects.count() == 0


def test_with_read_test_the_content_is_shown_and_recorded() -> None:
    run = make_finished_run([1, 0, None])
    caller = Caller("read", "read_test")
    lines = lines_of(caller.get(f"/runs/{run.pk}/samples/", {"show": "failed"}))
    assert [line["case"] for line in lines] == ["case-001"]
    assert lines[0]["output"] == "an answer"
    assert lines[0]["target"] == "yes"
    [exposure] = Exposure.objects.all()
    assert (exposure.user, exposure.run, exposure.samples, exposure.via) == (caller.user, run, 1, "api")


def test_development_samples_are_open_and_leave_no_trace() -> None:
    version = make_evaluation_version(make_dataset_version(2, purpose="dev"))
    run = make_finished_run([1, 0], version)
    assert lines_of(Caller("read").get(f"/runs/{run.pk}/samples/"))[0]["output"] == "an answer"
    assert Exposure.objects.count() == 0


def test_samples_are_found_by_how_they_ended() -> None:
    cases = [
        {"key": key, "slices": {"lang": lang}}
        for key, lang in zip("abcd", ("de", "fr", "de", "fr"), strict=True)
    ]
    version = make_evaluation_version(make_dataset_version(cases))
    run, other = make_finished_run([1, 0, 0, None], version), make_finished_run([1, 1, 0, 1], version)
    caller = Caller("read", "read_test")

    def keys(**query):
        return [line["case"] for line in lines_of(caller.get(f"/runs/{run.pk}/samples/", query))]

    assert keys() == ["a", "b", "c", "d"]
    assert keys(show="passed") == ["a"]
    assert keys(show="failed") == ["b", "c"]
    assert keys(show="failed", slice="lang=de") == ["c"]
    assert keys(show="missing") == ["d"]
    assert keys(show="errored") == []
    assert keys(show="flipped", vs=other.pk) == ["b"]


def test_the_scorer_must_be_named_when_there_are_several() -> None:
    run = make_finished_run({"first": [1, 0], "second": [0, 0]})
    caller = Caller("read")
    refused = caller.get(f"/runs/{run.pk}/samples/", {"show": "failed"})
    assert error_of(refused) == (422, "scorer_needed")
    assert len(lines_of(caller.get(f"/runs/{run.pk}/samples/", {"show": "failed", "scorer": "first"}))) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"show": "odd"},
        {"show": "flipped", "vs": "999999"},
        {"slice": "lang"},
        {"vs": "x" * 500},
    ],
)
def test_odd_questions_about_samples_are_a_400(query) -> None:
    run = make_finished_run()
    assert error_of(Caller("read").get(f"/runs/{run.pk}/samples/", query)) == (400, "invalid")


@pytest.mark.parametrize(
    ("query", "code"), [({"show": "flipped"}, "vs_needed"), ({"scorer": "nobody"}, "unknown_scorer")]
)
def test_questions_that_lack_something_are_a_422(query, code) -> None:
    run = make_finished_run()
    assert error_of(Caller("read").get(f"/runs/{run.pk}/samples/", query)) == (422, code)


@pytest.mark.parametrize(
    "body",
    [
        [],
        None,
        {},
        {"evaluation_version": "checks", "model_version": "nobody@1", "origin": "push"},
        {"evaluation_version": "checks@99", "model_version": "ours@v", "origin": "push"},
        {"evaluation_version": True, "model_version": "ours@v", "origin": "push"},
        {"evaluation_version": {"a": 1}, "model_version": "ours@v", "origin": "push"},
        {"evaluation_version": "checks", "model_version": "ours@v", "origin": "lab"},
        {"evaluation_version": "checks", "model_version": "ours@v", "origin": "push", "cap": "1"},
        {"evaluation_version": "checks", "model_version": "ours@v", "origin": "push", "state": "done"},
        {"evaluation_version": "checks", "model_version": "ours@v", "cap": "-1"},
        {"evaluation_version": "checks", "model_version": "ours@v", "cap": 1e300},
        {"evaluation_version": "checks", "model_version": "ours@v", "priority": 9},
        {"evaluation_version": "checks", "model_version": "ours@v", "training_run": "x" * 121},
    ],
)
def test_bad_bodies_are_a_400(evaluation, body) -> None:
    make_model_version(slug="ours", name="v")
    reply = Caller("push", "write").post("/runs/", body, Idempotency_Key="k")
    assert error_of(reply)[0] == 400
    assert Run.objects.count() == 0


@pytest.mark.parametrize("key", ["x" * 121, "ü", "\x07bell"])
def test_keys_that_cannot_be_kept_are_a_400(evaluation, key) -> None:
    body = {"evaluation_version": "checks", "model_version": make_model_version().label, "origin": "push"}
    caller = Caller("push")
    reply = caller.client.post(
        "/api/v1/runs/",
        json.dumps(body),
        "application/json",
        headers=caller.headers,
        HTTP_IDEMPOTENCY_KEY=key,
    )
    assert error_of(reply) == (400, "invalid")


def test_runs_are_listed_by_their_filters_in_a_constant_number_of_queries(django_assert_num_queries) -> None:
    caller = Caller("read")
    first = make_finished_run(training_run="t1")
    for number in range(2):
        make_run(training_run=f"t{number}")
    caller.get("/runs/")
    with django_assert_num_queries(2):
        assert len(caller.get("/runs/").json()["results"]) == 3
    for _ in range(5):
        make_run()
    with django_assert_num_queries(2):
        assert len(caller.get("/runs/").json()["results"]) == 8

    def found(**query):
        return [row["id"] for row in caller.get("/runs/", query).json()["results"]]

    assert found(training_run="t1", state="done") == [first.pk]
    assert found(version=first.model_version.label) == [first.pk]
    assert found(evaluation=first.evaluation_version.evaluation.slug) == [first.pk]
    assert len(found(state=["queued"])) == 7
    assert error_of(caller.get("/runs/", {"version": "no@body"})) == (400, "invalid")


@pytest.mark.parametrize("path", ["/runs/999999/", "/runs/99999999999999999999999999/", "/runs/x/"])
def test_runs_that_are_not_there_are_a_404(path) -> None:
    assert error_of(Caller("read").get(path)) == (404, "not_found")
