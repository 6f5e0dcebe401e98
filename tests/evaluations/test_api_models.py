import pytest

from evaluations.models import ModelVersion
from tests.api_client import Caller, error_of
from tests.factories.evaluations import make_model, make_model_version, make_price, make_provider
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
IDENTITY = {"training_run": "t1", "step": 2000, "git_sha": "abc", "parameters": {"temperature": 0.5}}


def test_a_checkpoint_is_registered_once_and_its_identity_never_changes() -> None:
    caller = Caller("push", "read", user=make_user("researcher"))
    make_model(kind="llm", slug="aria", provider=make_provider("stored"))
    path = "/models/aria/versions/step-2.000/"
    first = caller.put(path, {**IDENTITY, "held_to": "R1"})
    again = caller.put(path, IDENTITY)
    other = caller.put(path, {**IDENTITY, "step": 3000})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["label"] == "aria@step-2.000"
    assert error_of(other) == (409, "conflict")
    assert set(other.json()["error"]["fields"]) == {"step"}
    assert caller.get(path).json()["held_to"] == "R1"
    assert caller.get("/model-versions/aria@step-2.000/").json()["step"] == 2000
    assert caller.get(f"/model-versions/{first.json()['id']}/").status_code == 200


def test_a_parent_is_named_by_its_natural_key() -> None:
    parent = make_model_version(slug="aria", name="v1")
    child = Caller("push").put(
        "/models/aria/versions/v2/", {"parent": "aria@v1", "parameters": parent.parameters}
    )
    assert child.json()["parent"] == "aria@v1"


@pytest.mark.parametrize(
    "body",
    [
        {"step": -1},
        {"step": 10**30},
        {"parent": "nobody@1"},
        {"parameters": []},
        {"released_on": "soon"},
        {"stage": "great"},
        {"training_run": "x" * 121},
        {"training_run": "a\x00b"},
        {"created_at": "2020-01-01"},
        {"modalities": ["x" * 21]},
        [],
        "text",
    ],
)
def test_bad_registrations_are_a_400(body) -> None:
    make_model(slug="aria")
    assert error_of(Caller("push").put("/models/aria/versions/v1/", body))[0] == 400
    assert not ModelVersion.objects.exists()


@pytest.mark.parametrize("name", ["a@b", "x" * 121, "%20", "%0A"])
def test_names_that_no_version_can_have_are_a_400(name) -> None:
    make_model(slug="aria")
    status, _ = error_of(Caller("push").put(f"/models/aria/versions/{name}/", {}))
    assert status in (400, 404)


def test_versions_of_nobody_are_a_404() -> None:
    caller = Caller("push", "read")
    assert error_of(caller.put("/models/nobody/versions/v1/", {})) == (404, "not_found")
    for key in ("nobody@v1", "aria", "99999999999999999999", "12345", "@"):
        assert error_of(caller.get(f"/model-versions/{key}/")) == (404, "not_found")


def test_models_are_made_and_filtered() -> None:
    caller = Caller("read", "write")
    made = caller.post("/models/", {"slug": "rival", "name": "Rival", "kind": "llm", "side": "competitor"})
    make_model("asr", slug="ours")
    assert made.status_code == 201
    assert made.json()["provider"] is None

    def found(**query):
        return [row["slug"] for row in caller.get("/models/", query).json()["results"]]

    assert found(side="competitor") == ["rival"]
    assert found(kind="asr") == ["ours"]
    assert caller.get("/models/ours/").json()["side"] == "own"
    assert error_of(caller.get("/models/", {"side": "ally"})) == (400, "invalid")
    twice = caller.post("/models/", {"slug": "rival", "name": "R", "kind": "llm", "side": "competitor"})
    assert error_of(twice) == (400, "invalid")


def test_versions_are_filtered_and_listed_in_a_constant_number_of_queries(django_assert_num_queries) -> None:
    caller = Caller("read")
    for number in range(2):
        make_price(make_model_version(training_run=f"t{number}"))
    caller.get("/model-versions/")
    with django_assert_num_queries(4):
        assert caller.get("/model-versions/").json()["count"] == 2
    for number in range(5):
        make_price(make_model_version(training_run=f"t{number}"))
    with django_assert_num_queries(4):
        assert caller.get("/model-versions/").json()["count"] == 7
    assert caller.get("/model-versions/", {"training_run": "t1"}).json()["count"] == 2
    assert caller.get("/model-versions/", {"stage": "released"}).json()["count"] == 0


def test_a_version_is_released_retired_and_priced() -> None:
    caller = Caller("read", "write")
    label = make_model_version(slug="aria", name="v1").label
    priced = caller.post(
        f"/model-versions/{label}/prices/", {"unit": "input", "amount": "2.5", "from_date": "2026-01-01"}
    )
    released = caller.post(
        f"/model-versions/{label}/stage/", {"stage": "released", "released_on": "2026-02-01"}
    )
    assert priced.json()["prices"] == [
        {"unit": "input", "amount": "2.500000", "currency": "USD", "from_date": "2026-01-01"}
    ]
    assert (released.json()["stage"], released.json()["released_on"]) == ("released", "2026-02-01")
    assert caller.post(f"/model-versions/{label}/stage/", {"stage": "retired"}).json()["stage"] == "retired"
    assert error_of(caller.post(f"/model-versions/{label}/stage/", {"stage": "released"})) == (422, "state")


def test_providers_show_neither_key_nor_where_it_is_kept() -> None:
    make_provider(
        "openai_like", slug="cloud", secret_name="PLUMBLINE_KEY_CLOUD", base_url="https://api.example/v1"
    )
    reply = Caller("read").get("/providers/cloud/")
    assert reply.json()["base_url"] == "https://api.example/v1"
    assert "PLUMBLINE_KEY" not in reply.content.decode()
    assert "secret" not in reply.content.decode()
    assert error_of(Caller("read", "write", "admin").post("/providers/", {}))[0] in (403, 405)
