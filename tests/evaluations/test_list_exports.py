import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluations.services.schedules import save_schedule
from evaluations.views import exports
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_price,
    make_round,
    make_run,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
LISTS = ["runs", "rounds", "models", "datasets", "evaluations", "schedules"]


@pytest.fixture
def viewer(client):
    person = make_user("viewer")
    client.force_login(person)
    return person


@pytest.fixture
def schedule():
    """One row in every list."""
    version = make_evaluation_version(make_dataset_version(2))
    make_finished_run([1, 0], version, make_model_version(name="1.0"))
    make_run(version, round=make_round(name="Nightly"))
    suite = make_suite([version.evaluation])
    return save_schedule(actor=None, suite=suite, name="Every night", cron="30 2 * * *", zone="Europe/Berlin")


def body(reply) -> str:
    return b"".join(reply).decode()


def from_csv(client, path: str) -> list[dict[str, str]]:
    reply = client.get(path)
    assert (reply.status_code, reply["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(body(reply))))


def from_json(client, path: str) -> Any:
    reply = client.get(path)
    assert (reply.status_code, reply["Content-Type"]) == (200, "application/json")
    return json.loads(reply.content)


@pytest.mark.parametrize("noun", LISTS)
def test_strangers_are_asked_to_sign_in(client, noun) -> None:
    assert client.get(f"/{noun}/?format=csv").url.startswith("/sign-in/")


@pytest.mark.parametrize("noun", LISTS)
def test_both_files_hold_the_same_rows_as_the_list(client, viewer, schedule, noun) -> None:
    found = from_json(client, f"/{noun}/?format=json")
    lines = from_csv(client, f"/{noun}/?format=csv")
    assert found["cut"] is False
    assert len(found[noun]) == len(lines) > 0
    assert [list(row) for row in found[noun]] == [list(row) for row in lines]
    name = client.get(f"/{noun}/?format=csv")["Content-Disposition"]
    assert name == f'attachment; filename="{noun}.csv"'


@pytest.mark.parametrize("noun", LISTS)
def test_an_empty_list_is_a_file_with_its_columns(client, viewer, noun) -> None:
    header = body(client.get(f"/{noun}/?format=csv")).strip()
    assert header.startswith(noun.removesuffix("s") + ",")
    assert "\n" not in header
    assert from_json(client, f"/{noun}/?format=json") == {noun: [], "cut": False}
    assert "CSV of this list" not in client.get(f"/{noun}/").content.decode()


@pytest.mark.parametrize("noun", LISTS)
def test_a_list_offers_its_files(client, viewer, schedule, noun) -> None:
    shown = client.get(f"/{noun}/").content.decode()
    assert 'href="?format=csv" download' in shown
    assert 'href="?format=json" download' in shown


@pytest.mark.parametrize("noun", LISTS)
def test_another_format_is_the_page(client, viewer, schedule, noun) -> None:
    assert client.get(f"/{noun}/?format=xlsx")["Content-Type"].startswith("text/html")


def test_runs_follow_the_filters_and_not_the_page(client, viewer, schedule) -> None:
    everything = from_json(client, "/runs/?format=json&before=1")["runs"]
    assert [row["run"] for row in everything] == sorted((row["run"] for row in everything), reverse=True)
    assert len(everything) == 2
    done = from_json(client, "/runs/?format=json&state=done")["runs"]
    assert [row["state"] for row in done] == ["done"]
    assert (done[0]["score"], done[0]["unit"], done[0]["model_version"]) == (0.5, "rate", "1.0")
    assert from_json(client, "/runs/?format=json&model=nobody")["runs"] == []


def test_the_files_follow_filters_that_htmx_swaps_in(client, viewer, schedule) -> None:
    part = client.get("/runs/?state=done", headers={"HX-Request": "true"}).content.decode()
    assert 'id="export" hx-swap-oob="true"' in part
    assert "?state=done&amp;format=csv" in part
    assert "hx-swap-oob" not in client.get("/runs/?state=done").content.decode()


def test_models_follow_the_filters_with_prices_and_versions(client, viewer) -> None:
    version = make_model_version(make_model(name="Ours", side="ours"), name="2.0", floating=True)
    make_price(version, "input", "1.50")
    make_model(name="Theirs", side="competitor")
    (row,) = from_json(client, "/models/?format=json&side=ours")["models"]
    assert (row["name"], row["newest_version"], row["floating"]) == ("Ours", "2.0", True)
    assert row["prices"] == [{"unit": "input", "amount": "1.5", "currency": "USD"}]
    assert [row["name"] for row in from_csv(client, "/models/?format=csv")] == ["Ours", "Theirs"]


def test_a_schedule_says_when_and_a_paused_one_has_no_next_time(client, viewer, schedule) -> None:
    (row,) = from_json(client, "/schedules/?format=json")["schedules"]
    assert (row["cron"], row["zone"], row["enabled"]) == ("30 2 * * *", "Europe/Berlin", True)
    assert row["when"]
    assert row["next_at"]
    save_schedule(actor=None, schedule=schedule, enabled=False)
    assert from_json(client, "/schedules/?format=json")["schedules"][0]["next_at"] is None


def test_money_is_exact(client, viewer) -> None:
    make_run(cost=Decimal("0.10000001"))
    assert from_json(client, "/runs/?format=json")["runs"][0]["cost"] == "0.10000001"
    assert from_csv(client, "/runs/?format=csv")[0]["cost"] == "0.10000001"


def test_a_spreadsheet_runs_nothing(client, viewer) -> None:
    make_model(name='=HYPERLINK("http://evil")')
    assert from_csv(client, "/models/?format=csv")[0]["name"].startswith("'=")
    assert from_json(client, "/models/?format=json")["models"][0]["name"].startswith("=")


def test_a_file_that_was_cut_says_so(client, viewer, monkeypatch) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    for name in ("A", "B", "C"):
        make_model(name=name)
    reply = client.get("/models/?format=csv")
    assert reply["Content-Disposition"] == 'attachment; filename="models-first-2.csv"'
    assert len(body(reply).splitlines()) == 3
    found = from_json(client, "/models/?format=json")
    assert ([row["name"] for row in found["models"]], found["cut"]) == (["A", "B"], True)


@pytest.mark.parametrize("noun", ["runs", "rounds", "models", "datasets", "evaluations"])
def test_more_rows_take_no_more_queries(client, viewer, noun) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            assert client.get(f"/{noun}/?format=json").status_code == 200
        return len(made)

    make_finished_run([1, 0], round=make_round())
    few = queries()
    for _ in range(4):
        make_finished_run([1, 0], round=make_round())
    assert queries() == few
