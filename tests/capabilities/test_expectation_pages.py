"""The page of expectations, the form at a criterion, the files and the API."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from capabilities.models import Expectation, Product, Requirement, Verification
from capabilities.queries.calibration import calibration, over_time
from capabilities.queries.expectations import expectations_of
from capabilities.services.judging import judge_run
from config.people.models import Role
from evaluations.models import ModelVersion, Run
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_evidence, make_expectation, make_product
from tests.factories.evaluations import make_finished_run, make_model, make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
PAGE = "/expectations/"


@pytest.fixture
def version() -> ModelVersion:
    return make_model_version(make_model(kind="llm", slug="aria", name="Aria"), name="2")


@pytest.fixture
def product(version: ModelVersion) -> Product:
    return make_product(key="VA", candidate_version=version, subjects=[version.model])


@pytest.fixture
def evidence(product: Product) -> Verification:
    return make_evidence(20, product=product)


def requirement_of(evidence: Verification) -> Requirement:
    return evidence.criterion.revision.requirement


def measured(evidence: Verification, version: ModelVersion, right: int = 18) -> Run:
    run = make_finished_run([1.0] * right + [0.0] * (20 - right), evidence.evaluation_version, version)
    judge_run(run)
    return run


def say(client: Client, evidence: Verification, version: ModelVersion, **fields: Any) -> str:
    """What the page says after the form at the criterion was sent."""
    path = f"/requirements/{requirement_of(evidence).key}/criteria/AC-1/expectations/"
    body = {"version": version.pk, "of": "this", "low": "85", "high": "92", "confidence": "0.8"} | fields
    return client.post(path, body, follow=True).content.decode()


def test_a_range_is_typed_in_percent_at_the_criterion(evidence: Verification, version: ModelVersion) -> None:
    page = say(signed_in(), evidence, version, note="More data.")
    said = Expectation.objects.get()
    assert (said.low, said.high, said.note, said.model_version) == (0.85, 0.92, "More data.", version)
    assert "Recorded what you expect of aria@2." in page
    assert "expected 85.0–92.0\u00a0%, not measured yet" in page


def test_afterwards_the_criterion_shows_it_beside_the_result_and_in_the_chart(
    evidence: Verification, version: ModelVersion
) -> None:
    client = signed_in()
    say(client, evidence, version)
    measured(evidence, version)
    page = client.get(f"/requirements/{requirement_of(evidence).key}/").content.decode()
    assert "expected 85.0–92.0\u00a0%, found 90.0\u00a0%: inside" in page
    assert 'class="expected"' in page
    picture = client.get(
        f"/requirements/{requirement_of(evidence).key}/criteria/AC-1/gap.svg"
    ).content.decode()
    assert 'class="expected"' in picture


def test_after_the_result_only_the_next_version_is_offered(
    evidence: Verification, version: ModelVersion
) -> None:
    measured(evidence, version)
    client = signed_in()
    page = client.get(f"/requirements/{requirement_of(evidence).key}/").content.decode()
    assert "What do you expect of the next version?" in page
    assert '<option value="this">' not in page
    assert "has answered cases of this evaluation already" in say(client, evidence, version)
    assert "Recorded what you expect of the next version of Aria." in say(
        client, evidence, version, of="next"
    )


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"low": ""}, "At least: Enter a number"),
        ({"low": "0.85"}, "“0.85” would be 0.85 %"),
        ({"low": "95"}, "The lower end is above the upper end."),
        ({"confidence": "1"}, "How sure: Select a valid choice."),
    ],
)
def test_what_cannot_be_read_is_told_and_not_recorded(
    fields: dict[str, str], told: str, evidence: Verification, version: ModelVersion
) -> None:
    assert told in say(signed_in(), evidence, version, **fields)
    assert not Expectation.objects.exists()


def test_a_stranger_says_nothing_of_a_restricted_product(
    evidence: Verification, version: ModelVersion
) -> None:
    Product.objects.update(restricted=True)
    path = f"/requirements/{requirement_of(evidence).key}/criteria/AC-1/expectations/"
    assert signed_in(role=Role.VIEWER).post(path, {"version": version.pk}).status_code == 404


def test_the_page_tells_every_expectation_with_its_author(
    evidence: Verification, version: ModelVersion, product: Product
) -> None:
    ada = make_user(Role.PM, username="ada", first_name="Ada")
    make_expectation(evidence.criterion, version, author=ada, low=0.85, high=0.95)
    make_expectation(evidence.criterion, version, low=0.1, high=0.2)
    make_expectation(evidence.criterion, version.model)
    measured(evidence, version)
    client = signed_in()
    page = client.get(PAGE, {"product": "VA"}).content.decode()
    assert "1 of 2 ranges held, where 80\u00a0% was stated. Too few to say" in page
    assert "the next version of Aria" in page
    mine = client.get(PAGE, {"product": "VA", "person": "ada", "state": "inside"})
    assert [one.expectation.author for one in mine.context["page"]] == [ada]
    assert (
        not client.get(PAGE, {"product": "VA", "person": "ada", "state": "below"}).context["page"].object_list
    )


def test_an_empty_page_says_where_to_begin(product: Product) -> None:
    page = signed_in().get(PAGE, {"product": "VA"}).content.decode()
    assert "Nothing is expected yet" in page


def test_the_file_holds_what_the_list_shows(evidence: Verification, version: ModelVersion) -> None:
    make_expectation(evidence.criterion, version, low=0.85, high=0.95)
    make_expectation(evidence.criterion, version.model)
    measured(evidence, version)
    reply = signed_in().get(PAGE, {"product": "VA", "format": "csv", "state": "inside"})
    (row,) = csv.DictReader(io.StringIO(b"".join(reply).decode()))
    assert (row["version"], row["state"], float(row["found"])) == ("aria@2", "inside", 0.9)
    assert (float(row["low"]), float(row["high"]), float(row["confidence"])) == (0.85, 0.95, 0.8)


def test_people_who_expect_of_one_result_are_counted_together(
    evidence: Verification, version: ModelVersion, product: Product
) -> None:
    for _ in range(6):
        make_expectation(evidence.criterion, version, low=0.85, high=0.95)
    measured(evidence, version)
    found = calibration(expectations_of(product))
    assert (found.held.held, found.held.n, found.held.results) == (6, 6, 1)
    assert found.held.interval is not None and found.held.interval.low < 0.05


def test_over_time_each_month_counts_what_came_before(
    evidence: Verification, version: ModelVersion, product: Product
) -> None:
    for month, right in ((3, 18), (5, 2)):
        one = make_model_version(version.model)
        said = make_expectation(evidence.criterion, one, low=0.85, high=0.95)
        run = measured(evidence, one, right)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            Expectation.objects.filter(pk=said.pk).update(created_at=datetime(2026, 1, month, tzinfo=UTC))
            cursor.execute("SET session_replication_role = DEFAULT")
        Run.objects.filter(pk=run.pk).update(finished_at=datetime(2026, month, 9, tzinfo=UTC))
    assert [(one.name, one.held.held, one.held.n) for one in over_time(expectations_of(product))] == [
        ("Mar 2026", 1, 1),
        ("May 2026", 1, 2),
    ]
    client = signed_in()
    assert "May 2026" in client.get(PAGE, {"product": "VA"}).content.decode()
    assert client.get("/expectations/calibration.svg", {"product": "VA"})["Content-Type"] == "image/svg+xml"
    rows = list(
        csv.DictReader(
            io.StringIO(client.get("/expectations/calibration.csv", {"product": "VA"}).content.decode())
        )
    )
    assert [float(row["share"]) for row in rows] == [1.0, 0.5]


def test_a_program_says_it_and_reads_how_often_it_held(evidence: Verification, version: ModelVersion) -> None:
    client = Caller("read", "write", user=make_user(Role.RESEARCHER))
    body = {
        "requirement": requirement_of(evidence).key,
        "criterion": "AC-1",
        "version": "aria@2",
        "low": 0.85,
        "high": 0.95,
    }
    made = client.post("/expectations/", body)
    assert (made.status_code, made.json()["state"]) == (201, "open")
    assert client.post("/expectations/", body).status_code == 409
    measured(evidence, version)
    late = client.post("/expectations/", body | {"low": 0.1})
    assert (late.status_code, late.json()["error"]["code"]) == (422, "after_the_result")
    told = client.get("/expectations/?product=VA&state=inside").json()
    assert [row["found"] for row in told["expectations"]] == [0.9]
    assert (told["overall"]["held"], told["overall"]["grade"]) == (1, "too_few")


def test_a_program_names_a_version_or_a_model(evidence: Verification, version: ModelVersion) -> None:
    client = Caller("read", "write", user=make_user(Role.RESEARCHER))
    body = {"requirement": requirement_of(evidence).key, "criterion": "AC-1", "low": 0.85, "high": 0.95}
    assert client.post("/expectations/", body).status_code == 400
    assert client.post("/expectations/", body | {"next_of": "aria"}).json()["next_of"] == "aria"
    assert client.post("/expectations/", body | {"criterion": "AC-9", "next_of": "aria"}).status_code == 404
