import json
from typing import Any

import pytest

from evaluations.models import Run
from evaluations.services.blobs import store_blob
from evaluations.templatetags.facts import as_json, excerpt
from tests.factories.evaluations import make_dataset_version, make_evaluation_version, make_finished_run
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
CASE: dict[str, Any] = {
    "key": "rolls",
    "input": {"room": {"width": 10, "height": 6}, "history": [[[1, 1]], [[2, 1]]]},
    "target": {"states": [[[3, 1]]]},
}


def scene_run(answer: str, case: dict[str, Any] = CASE) -> Run:
    output = store_blob(data=answer.encode())
    version = make_evaluation_version(make_dataset_version([case]))
    return make_finished_run([1], version, answers=lambda place, repeat: {"output": output})


def page(client, run: Run, *, may_read_test: bool = True) -> str:
    client.force_login(make_user("viewer", may_read_test=may_read_test))
    reply = client.get(f"/runs/{run.pk}/samples/?case={run.items.get().case.key}")
    html: str = reply.content.decode()
    return html


def test_a_scene_is_drawn_with_what_was_seen_predicted_and_true(client) -> None:
    html = page(client, scene_run(json.dumps({"states": [[[3.5, 1]]]})))
    assert "Object 1, seen, step 0: 2, 1" in html
    assert "Object 1, predicted, step 1: 3.5, 1" in html
    assert "Object 1, true, step 1: 3, 1" in html
    assert '<th scope="col" class="num">Step</th>' in html


def test_a_position_is_read_in_one_line() -> None:
    assert (
        as_json({"states": [[[1, -2.5]], []]})
        == '{\n  "states": [\n    [\n      [1, -2.5]\n    ],\n    []\n  ]\n}'
    )
    assert as_json(["a", 1]) == '[\n  "a",\n  1\n]'


def test_plain_fields_are_read_without_quotes_in_lists() -> None:
    assert excerpt({"hour": 7, "parked": False, "place": "city"}) == "hour 7 · parked false · place city"
    assert excerpt({"states": [[1, 2]]}) == '{"states": [[1, 2]]}'
    assert excerpt({}) == "{}"


def test_an_answer_without_states_is_said_and_the_truth_still_drawn(client) -> None:
    html = page(client, scene_run("it rolls <b>on</b>"))
    assert "holds no states that could be drawn" in html
    assert "Object 1, true, step 1" in html and "predicted, step" not in html


def test_test_cases_are_drawn_for_readers_of_test_content_only(client) -> None:
    html = page(client, scene_run(json.dumps([[[3, 1]]])), may_read_test=False)
    assert "Object 1" not in html


def test_a_case_of_another_kind_has_no_picture(client) -> None:
    assert "chart-box" not in page(client, scene_run("yes", {"key": "text"}))
