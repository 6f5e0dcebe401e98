"""The researcher's loop, from a checkpoint to a decision, over HTTP alone."""

import json

import pytest

from capabilities.models import GateDecision
from capabilities.services.judging import judge_unjudged_runs
from evaluations.models import Exposure, Run
from tests.api_client import Caller, error_of, lines_of
from tests.engine import work_off
from tests.factories.capabilities import make_baseline, make_evidence, make_membership, make_product
from tests.factories.evaluations import make_model, make_model_version, make_provider
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
CASES = 200


@pytest.fixture
def model():
    return make_model(kind="llm", slug="aria", provider=make_provider("stored"))


@pytest.fixture
def baseline(model):
    product = make_product(key="VA", subjects=[model])
    evidence = make_evidence(
        CASES, product=product, scorer={"kind": "external", "slug": "judged"}, threshold=0.8, min_n=50
    )
    return make_baseline(product, [evidence.criterion.revision.requirement])


def ndjson(right: int, start: int = 0, stop: int = CASES) -> bytes:
    rows = [
        {"case": f"case-{number:03}", "output": f"answer {number}", "scores": {"judged": int(number < right)}}
        for number in range(start, stop)
    ]
    return b"\n".join(json.dumps(row).encode() for row in rows)


def opened(caller, entry, label, key):
    body = {
        "evaluation_version": entry["evaluation"],
        "model_version": label,
        "origin": "push",
        "training_run": "t1",
    }
    reply = caller.post("/runs/", body, Idempotency_Key=key)
    assert reply.status_code in (200, 201), reply.content
    return reply.json()["id"]


def gate(caller, label, key="R1"):
    reply = caller.get("/gate/", {"baseline": key, "version": label})
    assert reply.status_code == 200, reply.content
    return reply.json()


def finish(caller, run):
    assert caller.post(f"/runs/{run}/finish/").status_code == 200
    assert work_off(Run.objects.get(pk=run)).state == "done"
    judge_unjudged_runs()


def test_a_checkpoint_learns_what_to_run_pushes_is_judged_and_passes_the_gate(baseline) -> None:
    caller = Caller("read", "push", "gate", user=make_user("researcher"))
    version = caller.put("/models/aria/versions/step-2000/", {"training_run": "t1", "step": 2000}).json()
    label = version["label"]

    [entry] = caller.get(f"/baselines/{baseline.key}/plan/", {"version": label}).json()
    assert (entry["cases"], entry["min_n"], entry["done"]) == (CASES, 50, None)
    assert entry["criteria"] == [{"requirement": "VA-1", "key": "AC-1", "must": True, "scorer": "judged"}]
    assert gate(caller, label, baseline.key)["decision"] == "undecided"

    cases = lines_of(caller.get(f"/evaluations/{entry['evaluation']}/cases/"))
    assert len(cases) == CASES
    assert "target" not in cases[0]

    run = opened(caller, entry, label, "push-1")
    assert opened(caller, entry, label, "push-1") == run
    assert gate(caller, label, baseline.key)["decision"] == "pending"
    path = f"/runs/{run}/results/"
    cut = caller.upload(path, ndjson(190, 0, 120)).json()
    replay = caller.upload(path, ndjson(190)).json()
    conflict = caller.upload(path, ndjson(0, 0, 1)).json()
    assert (cut["accepted"], replay["accepted"], replay["duplicate"]) == (120, 80, 120)
    assert (conflict["accepted"], len(conflict["rejected"])) == (0, 1)
    finish(caller, run)

    decided = gate(caller, label, baseline.key)
    assert (decided["decision"], decided["requirements"][0]["state"]) == ("pass", "met")
    assert decided["requirements"][0]["criteria"][0]["sentence"].startswith("Met")
    assert "VA-1" in decided["summary"]
    recorded = caller.post("/gate/", {"baseline": baseline.key, "version": label})
    again = caller.post("/gate/", {"baseline": baseline.key, "version": label})
    assert (recorded.status_code, again.status_code) == (201, 200)
    assert recorded.json() == again.json() == decided
    assert GateDecision.objects.get().created_by == caller.user

    [done] = caller.get(f"/baselines/{baseline.key}/plan/", {"version": label}).json()
    assert done["done"]["run"] == run
    [verdict] = caller.get("/verdicts/", {"version": label}).json()["results"]
    assert (verdict["requirement"], verdict["outcome"], verdict["run"]) == ("VA-1", "met", run)
    assert caller.get("/requirements/VA-1/", {"version": label}).json()["verdict"] == "met"


def test_two_checkpoints_are_compared_and_the_worse_one_fails(baseline) -> None:
    caller = Caller("read", "push", "gate")
    runs = []
    for step, right in ((1000, 190), (2000, 60)):
        label = caller.put(f"/models/aria/versions/step-{step}/", {"step": step}).json()["label"]
        [entry] = caller.get(f"/baselines/{baseline.key}/plan/", {"version": label}).json()
        run = opened(caller, entry, label, f"push-{step}")
        caller.upload(f"/runs/{run}/results/", ndjson(right))
        finish(caller, run)
        runs.append(run)
    assert gate(caller, "aria@step-1000", baseline.key)["decision"] == "pass"
    assert gate(caller, "aria@step-2000", baseline.key)["decision"] == "fail"
    compared = caller.get("/comparisons/", {"run": runs[0], "against": runs[1]}).json()
    assert (compared["n"], compared["supported"]) == (CASES, True)
    assert compared["difference"]["low"] > 0
    assert compared["counts"]["only_a"] == 130


def test_readings_of_test_samples_are_counted_beside_the_verdict(baseline) -> None:
    caller = Caller("read", "read_test", "push")
    label = caller.put("/models/aria/versions/v1/", {}).json()["label"]
    [entry] = caller.get(f"/baselines/{baseline.key}/plan/", {"version": label}).json()
    run = opened(caller, entry, label, "a")
    caller.upload(f"/runs/{run}/results/", ndjson(190))
    finish(caller, run)
    assert len(lines_of(caller.get(f"/runs/{run}/samples/", {"show": "failed"}))) == 10
    [state] = caller.get("/requirements/VA-1/", {"version": label}).json()["criteria"]
    assert state["exposures"] == sum(Exposure.objects.values_list("samples", flat=True)) == 10


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"baseline": "R999", "version": "aria@v1"}, "baseline"),
        ({"baseline": "VA", "version": "aria@v1"}, "baseline"),
        ({"baseline": "R99999999999999999999", "version": "aria@v1"}, "baseline"),
        ({"version": "aria@v1"}, "baseline"),
        ({"baseline": "?", "version": "nobody@v1"}, "version"),
    ],
)
def test_a_gate_of_nothing_is_a_400_that_names_what_is_missing(baseline, model, query, field) -> None:
    make_model_version(model, name="v1")
    query = {name: baseline.key if value == "?" else value for name, value in query.items()}
    caller = Caller("read", "gate")
    for reply in (caller.get("/gate/", query), caller.post("/gate/", query)):
        assert error_of(reply) == (400, "invalid")
        assert field in reply.json()["error"]["fields"]


def test_recording_needs_the_gate_scope_and_the_role_in_the_product(baseline, model) -> None:
    label = make_model_version(model, name="v1").label
    body = {"baseline": baseline.key, "version": label}
    assert error_of(Caller("read", "push", "write").post("/gate/", body)) == (403, "permission_denied")
    guest = Caller("gate", user=make_user("researcher"))
    make_membership(baseline.product, guest.user, "viewer")
    assert error_of(guest.post("/gate/", body)) == (403, "permission_denied")
    assert GateDecision.objects.count() == 0


def test_the_plan_needs_a_version(baseline) -> None:
    assert error_of(Caller().get(f"/baselines/{baseline.key}/plan/")) == (400, "invalid")
    assert error_of(Caller().get("/baselines/R777/plan/", {"version": "1"})) == (404, "not_found")


def test_a_baseline_is_made_of_approved_requirements_and_closed(baseline) -> None:
    writer = Caller("read", "write")
    made = writer.post("/baselines/", {"product": "VA", "name": "Spring", "requirements": ["VA-1"]})
    key = made.json()["key"]
    assert made.status_code == 201
    assert [item["requirement"] for item in made.json()["items"]] == ["VA-1"]
    assert writer.post(f"/baselines/{key}/close/").json()["state"] == "closed"
    assert error_of(writer.post(f"/baselines/{key}/close/")) == (422, "illegal_move")
    assert {row["key"] for row in writer.get("/baselines/", {"state": "open"}).json()["results"]} == {
        baseline.key
    }
    draft = writer.post("/requirements/", {"product": "VA", "title": "a", "shall": "b"}).json()["key"]
    refused = writer.post("/baselines/", {"product": "VA", "name": "x", "requirements": [draft]})
    assert error_of(refused) == (422, "not_approved")


def test_products_trees_objectives_rivals_and_waivers_are_written(baseline) -> None:
    writer = Caller("read", "write")
    ours = make_model_version(slug="ours", name="v1")
    make_model(slug="theirs", side="competitor")
    made = writer.post("/products/", {"key": "tv", "name": "TV", "subject_models": ["ours"]})
    assert (made.status_code, made.json()["key"], made.json()["subject_models"]) == (201, "TV", ["ours"])
    named = writer.post("/products/TV/versions/", {"candidate": ours.label})
    assert (named.json()["candidate_version"], named.json()["released_version"]) == ("ours@v1", None)

    writer.post("/capabilities/", {"product": "TV", "slug": "speech", "name": "Speech"})
    child = writer.post(
        "/capabilities/", {"product": "TV", "slug": "asr", "name": "ASR", "parent": "speech"}
    ).json()
    assert child["parent"] == "speech"
    moved = writer.patch(f"/capabilities/{child['id']}/", {"parent": None, "name": "Hearing"})
    assert (moved.json()["parent"], moved.json()["name"]) == (None, "Hearing")
    assert error_of(writer.patch(f"/capabilities/{child['id']}/", {"parent": "asr"}))[0] in (400, 422)
    assert writer.send("DELETE", f"/capabilities/{child['id']}/").status_code == 204

    objective = writer.post("/objectives/", {"product": "TV", "title": "Lead", "horizon": "next"})
    assert objective.json()["horizon"] == "next"
    aim = f"/objectives/{objective.json()['id']}/"
    assert writer.patch(aim, {"horizon": "now", "position": 2}).json() == {
        **objective.json(),
        "horizon": "now",
        "position": 2,
    }
    writer.post("/objectives/", {"product": "TV", "title": "Follow"})
    assert error_of(writer.patch(aim, {"title": "Follow"})) == (400, "invalid")
    assert writer.send("DELETE", aim).status_code == 204
    rivals = writer.post("/rival-sets/", {"product": "TV", "models": ["theirs"]})
    assert (rivals.json()["number"], rivals.json()["models"]) == (1, ["theirs"])
    assert error_of(writer.post("/rival-sets/", {"product": "TV", "models": ["ours"]})) == (400, "invalid")

    body = {"requirement": "VA-1", "criterion": "AC-1", "reason": "Soon.", "expires_on": "2999-01-01"}
    waiver = writer.post("/waivers/", body)
    assert (waiver.status_code, waiver.json()["approver"]) == (201, writer.user.username)
    assert writer.get("/waivers/", {"standing": "true", "requirement": "VA-1"}).json()["count"] == 1
    assert writer.post(f"/waivers/{waiver.json()['id']}/revoke/").json()["revoked_at"]
    assert error_of(writer.post("/waivers/", {**body, "expires_on": "2001-01-01"})) == (422, "expires_on")
    assert error_of(writer.post("/waivers/", {**body, "requirement": "NO-1"})) == (400, "invalid")
