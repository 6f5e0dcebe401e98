"""GET /healthz: what it answers, to whom, and when it is red."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from evaluations.models import Run
from tests.factories.evaluations import make_run

pytestmark = pytest.mark.django_db


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    reply = client.get("/healthz")
    return reply.status_code, reply.json()


def aged_run(seconds: int, **fields: Any) -> Run:
    run = make_run(**fields)
    moment = timezone.now() - timedelta(seconds=seconds)
    Run.objects.filter(pk=run.pk).update(created_at=moment, chain_beat_at=None)
    return run


def test_a_stranger_reads_it_without_signing_in(client: Client) -> None:
    status, facts = ask(client)
    assert status == 200
    assert (facts["database"], facts["broker"], facts["work"]) == ("ok", "ok", "ok")


def test_nobody_may_write_to_it(client: Client) -> None:
    assert client.post("/healthz").status_code == 405


def test_idle_without_workers_is_degraded_not_down(client: Client) -> None:
    status, facts = ask(client)
    assert (status, facts["status"], facts["workers"]) == (200, "degraded", 0)


def test_work_that_waits_for_over_a_minute_is_red(client: Client) -> None:
    aged_run(120, state=Run.State.QUEUED)
    status, facts = ask(client)
    assert (status, facts["work"]) == (503, "stuck")


def test_work_that_was_just_queued_is_not_red(client: Client) -> None:
    aged_run(5, state=Run.State.QUEUED)
    assert ask(client)[0] == 200


def test_a_paused_run_waits_for_its_provider_not_for_us(client: Client) -> None:
    run = aged_run(120, state=Run.State.QUEUED)
    Run.objects.filter(pk=run.pk).update(paused_reason="The provider answers 503 since 10:02.")
    assert ask(client)[0] == 200


def test_a_pushed_run_waits_for_its_researcher(client: Client) -> None:
    aged_run(120, state=Run.State.QUEUED, origin="push")
    assert ask(client)[0] == 200


def test_broker_away_is_degraded(client: Client, settings: Any) -> None:
    settings.BROKER_URL = "unix:///nonexistent/valkey.sock"
    status, facts = ask(client)
    assert (status, facts["broker"], facts["status"]) == (200, "away", "degraded")


@pytest.mark.django_db(transaction=True)
def test_database_away_is_red(client: Client) -> None:
    connection.close()
    host = connection.settings_dict["HOST"]
    connection.settings_dict["HOST"] = "/nonexistent"
    try:
        status, facts = ask(client)
    finally:
        connection.close()
        connection.settings_dict["HOST"] = host
    assert (status, facts["database"]) == (503, "away")


def test_costs_six_queries_however_much_work_there_is(client: Client, query_count: Any) -> None:
    for _ in range(3):
        aged_run(5, state=Run.State.QUEUED)
    with query_count(6):
        ask(client)
