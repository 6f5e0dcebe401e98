"""Requests that are cut off or sent twice: what had arrived is kept once, what had not is sent again."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request as Call
from urllib.request import urlopen

import pytest
from django.db import connections
from pytest_django.live_server_helper import LiveServer

from evaluations.models import Run, Score
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model_version,
    make_scorer_version,
)
from tests.factories.people import make_token, make_user
from tests.faults.conftest import name_of
from tests.faults.oracle import Found, check_unbilled

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

LINES = 10_000
PRESSES = 8


@pytest.fixture
def headers() -> dict[str, str]:
    _, secret = make_token(make_user("researcher"), ("read", "push", "write"))
    return {"Authorization": f"Bearer {secret}"}


def post(site: str, path: str, headers: dict[str, str], body: bytes, kind: str = "application/json") -> Any:
    call = Call(f"{site}/api/v1{path}", body, headers | {"Content-Type": kind}, method="POST")
    with urlopen(call, timeout=120) as reply:
        return json.loads(reply.read())


def opened(site: str, headers: dict[str, str], evaluation: str, key: str = "one") -> int:
    facts = {"evaluation_version": evaluation, "model_version": make_model_version().label, "origin": "push"}
    reply = post(site, "/runs/", headers | {"Idempotency-Key": key}, json.dumps(facts).encode())
    return int(reply["id"])


def whole_of(run: int, fault: str) -> Found:
    """Every sample of a pushed run has arrived, once."""
    return check_unbilled(Run.objects.get(pk=run), fault)


def cut_off(site: str, path: str, headers: dict[str, str], body: bytes, share: float) -> None:
    """Sends the head and a part of the body, and hangs up."""
    place = urlsplit(site)
    lines = [
        f"POST /api/v1{path} HTTP/1.1",
        f"Host: {place.netloc}",
        *(f"{name}: {value}" for name, value in headers.items()),
        "Content-Type: application/x-ndjson",
        f"Content-Length: {len(body)}",
    ]
    with socket.create_connection((str(place.hostname), int(place.port or 80)), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body[: int(len(body) * share)])


def test_a_push_cut_off_in_the_middle_is_sent_again_whole_and_counts_once(
    live_server: LiveServer, headers: dict[str, str], request: pytest.FixtureRequest
):
    scorer = make_scorer_version("external", slug="judged", value_kind="bounded")
    keys = [f"case-{number}" for number in range(LINES)]
    make_evaluation_version(make_dataset_version(keys), [scorer], slug="checks")
    run = opened(live_server.url, headers, "checks@1")
    body = b"".join(
        json.dumps({"case": key, "output": f"answer {key}", "scores": {"judged": 0.5}}).encode() + b"\n"
        for key in keys
    )
    path = f"/runs/{run}/results/"
    cut_off(live_server.url, path, headers, body, 0.6)
    whole = post(live_server.url, path, headers, body, "application/x-ndjson")
    assert (whole["accepted"] + whole["duplicate"], whole["rejected"]) == (LINES, [])
    again = post(live_server.url, path, headers, body, "application/x-ndjson")
    assert (again["accepted"], again["duplicate"]) == (0, LINES)
    assert Score.objects.filter(response__run=run).count() == LINES == whole_of(run, name_of(request)).samples


def test_a_start_pressed_many_times_at_once_is_one_run(
    live_server: LiveServer, headers: dict[str, str], request: pytest.FixtureRequest
):
    make_evaluation_version(make_dataset_version(["a", "b"]), slug="checks")
    facts = json.dumps(
        {"evaluation_version": "checks@1", "model_version": make_model_version().label, "origin": "push"}
    ).encode()

    def press(_: int) -> int:
        return int(post(live_server.url, "/runs/", headers | {"Idempotency-Key": "once"}, facts)["id"])

    with ThreadPoolExecutor(PRESSES) as pool:
        answers = set(pool.map(press, range(PRESSES)))
    connections.close_all()
    assert len(answers) == 1 == Run.objects.count()
    [run] = answers
    lines = b"".join(json.dumps({"case": key, "output": key}).encode() + b"\n" for key in "ab")
    post(live_server.url, f"/runs/{run}/results/", headers, lines, "application/x-ndjson")
    whole_of(run, name_of(request))
