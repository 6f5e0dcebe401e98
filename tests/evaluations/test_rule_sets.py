"""The table of a rule set: rows added and moved by buttons, checked, tried, saved as a version, as JSON there and back."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from config.people.models import Role
from evaluations.models import Model, ModelVersion
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.evaluations import make_model, make_model_version, make_provider

pytestmark = pytest.mark.django_db
RULES = {"rows": [{"when": {"speed": {"gt": 120}}, "then": "slow down"}], "default": "none"}


@pytest.fixture
def model() -> Model:
    return make_model(kind="rules", slug="driving", provider=make_provider("rules"))


def typed(*rows: tuple[list[tuple[str, str, str]], str], **more: str) -> dict[str, Any]:
    """The fields of the form for these rows."""
    data: dict[str, Any] = {"default": "none", "name": "1", **more}
    for number, (cells, then) in enumerate(rows):
        data[f"row-{number}-then"] = then
        for place, cell in enumerate(cells):
            for name, value in zip(("field", "operator", "value"), cell, strict=True):
                data[f"row-{number}-cell-{place}-{name}"] = value
    return data


FAST = ([("speed", "gt", "120")], "slow down")
RAIN = ([("weather", "in", "rain, snow"), ("parked", "equals", "false")], "mind the road")


def test_a_table_becomes_a_version_and_the_next_starts_from_it(model: Model) -> None:
    client = signed_in(role=Role.RESEARCHER)
    reply = client.post("/models/driving/rules/", typed(FAST, RAIN, press="save"))
    assert reply["Location"] == "/models/driving/"
    version = ModelVersion.objects.get()
    assert version.parameters["rule_set"] == {
        "rows": [
            {"when": {"speed": {"gt": 120}}, "then": "slow down"},
            {
                "when": {"weather": {"in": ["rain", "snow"]}, "parked": {"equals": False}},
                "then": "mind the road",
            },
        ],
        "default": "none",
    }
    page = client.get("/models/driving/rules/")
    assert [row.then for row in page.context["table"].rows] == ["slow down", "mind the road"]
    assert page.context["form"]["name"].value() == "2"
    client.post("/models/driving/rules/", typed(RAIN, press="save", name="2"))
    assert ModelVersion.objects.get(name="2").parent == version


def test_buttons_add_move_copy_and_take_out_rows_and_save_nothing(model: Model) -> None:
    client = signed_in()

    def after(press: str) -> list[str]:
        page = client.post("/models/driving/rules/", typed(FAST, RAIN, press=press))
        return [row.then for row in page.context["table"].rows]

    assert after("add") == ["slow down", "mind the road", ""]
    assert after("down-0") == after("up-1") == ["mind the road", "slow down"]
    assert after("up-0") == after("remove-9") == after("nonsense") == ["slow down", "mind the road"]
    assert after("copy-0") == ["slow down", "slow down", "mind the road"]
    assert after("remove-0") == ["mind the road"]
    page = client.post("/models/driving/rules/", typed(FAST, RAIN, press="less-1-0"))
    assert [cell.field for cell in page.context["table"].rows[1].cells] == ["parked"]
    page = client.post("/models/driving/rules/", typed(FAST, press="more-0"))
    assert len(page.context["table"].rows[0].cells) == 2
    assert not ModelVersion.objects.exists()


def test_what_cannot_run_is_said_at_its_row_and_nothing_typed_is_lost(model: Model) -> None:
    wrong = ([("speed", "gt", "very fast")], "slow down")
    page = signed_in().post("/models/driving/rules/", typed(FAST, wrong, press="save"))
    text = page.content.decode()
    assert page.status_code == 422
    assert "“very fast” is no number" in text and 'href="#row-2"' in text and 'value="very fast"' in text
    assert not ModelVersion.objects.exists()


def test_rows_that_contradict_each_other_are_flagged_and_can_be_saved(model: Model) -> None:
    client = signed_in()
    again = ([("speed", "gt", "120")], "speed up")
    page = client.post("/models/driving/rules/", typed(FAST, again, press="check")).content.decode()
    assert "Holds exactly where row 1 does and answers otherwise: row 1 always wins." in page
    assert client.post("/models/driving/rules/", typed(FAST, again, press="save")).status_code == 302


def test_it_is_tried_on_a_typed_case_before_it_is_saved(model: Model) -> None:
    client = signed_in()

    def tried(case: str) -> tuple[Any, Any]:
        page = client.post("/models/driving/rules/", typed(FAST, RAIN, press="try", trial=case))
        return page.context["tried"]["answer"], page.context["tried"]["row"]

    assert tried('{"speed": 130}') == ("slow down", 1)
    assert tried('{"weather": "snow", "parked": false}') == ("mind the road", 2)
    assert tried("only words") == ("none", None)


def test_json_is_read_into_the_table_and_a_version_comes_out_as_it(model: Model) -> None:
    client = signed_in()
    page = client.post("/models/driving/rules/", {"press": "import", "json": json.dumps(RULES)})
    assert [row.then for row in page.context["table"].rows] == ["slow down"]
    file = SimpleUploadedFile("rules.json", json.dumps(RULES).encode())
    page = client.post("/models/driving/rules/", {"press": "import", "file": file})
    assert [row.then for row in page.context["table"].rows] == ["slow down"]
    version = make_model_version(model, name="7", parameters={"rule_set": RULES})
    assert client.get(f"/models/driving/versions/{version.pk}/rules.json").json() == RULES


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "This is no JSON"), ("[]", "A rule set is an object"), ('{"rows": [{}]}', "Row 1:")],
)
def test_json_that_is_no_rule_set_is_refused_and_the_table_stays(model: Model, text: str, told: str) -> None:
    page = signed_in().post("/models/driving/rules/", typed(FAST, press="import", json=text))
    assert page.status_code == 422 and told in page.content.decode()
    assert [row.then for row in page.context["table"].rows] == ["slow down"]


def test_a_new_rule_set_is_a_model_of_its_kind(model: Model) -> None:
    client = signed_in()
    reply = client.post("/rule-sets/new/", {"name": "Parking", "slug": "parking", "side": "simple"})
    assert reply["Location"] == "/models/parking/rules/"
    made = Model.objects.get(slug="parking")
    assert (made.kind, made.side, made.provider) == ("rules", "simple", model.provider)


def test_only_models_of_rules_have_a_table() -> None:
    other = make_model(kind="llm", provider=make_provider("process"))
    assert signed_in().get(f"/models/{other.slug}/rules/").status_code == 404


def test_the_api_checks_tries_and_gives_out_rules(model: Model) -> None:
    api = Caller("read")
    again = {"rows": [*RULES["rows"], {"when": {"speed": {"gt": 130}}, "then": "stop"}], "default": "none"}
    found = api.post("/rule-sets/check/", {"rule_set": again, "input": {"speed": 140}}).json()
    assert (found["problems"], found["answer"], found["row"]) == ([], "slow down", 1)
    assert [(one["row"], one["kind"], one["others"]) for one in found["findings"]] == [
        (2, "unreachable", [1])
    ]
    assert api.post("/rule-sets/check/", {"rule_set": {"rows": 3}}).json()["problems"]
    make_model_version(model, name="7", parameters={"rule_set": RULES})
    assert api.get("/models/driving/versions/7/rule-set/").json() == RULES
