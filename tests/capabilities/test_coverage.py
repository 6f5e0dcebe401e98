"""The coverage matrix: requirements against versions, on its page, in files and over the API."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from capabilities.models import Product, Requirement
from config.people.models import Role
from evaluations.models import ModelVersion
from tests.capabilities.pages import make_judged, signed_in
from tests.factories.capabilities import (
    make_membership,
    make_product,
    make_requirement,
    make_verdict,
)
from tests.factories.evaluations import make_finished_run, make_model, make_model_version
from tests.factories.people import make_token, make_user

pytestmark = pytest.mark.django_db
URL = "/coverage/"
Judge = Callable[[Requirement, ModelVersion, str], None]


@pytest.fixture
def product() -> Product:
    model = make_model(kind="llm", slug="ours")
    version = make_model_version(model, name="v1")
    return make_product(subjects=[model], candidate_version=version)


def judge(requirement: Requirement, version: ModelVersion, outcome: str, **fields: str) -> None:
    link = requirement.revisions.get().criteria.get().verifications.get()
    make_verdict(link, make_finished_run([1.0] * 3, link.evaluation_version, version), outcome, **fields)


def second_version(product: Product) -> ModelVersion:
    assert product.candidate_version is not None
    return make_model_version(product.candidate_version.model, name="v2")


def matrix(**query: str | list[str]) -> str:
    page: str = signed_in().get(URL, query).content.decode()
    return page.split('<div class="matrix')[1].split("</table>")[0]


def test_sign_in_comes_first() -> None:
    assert Client().get(URL).status_code == 302


def test_without_a_product_requirements_or_versions_the_next_step_is_offered() -> None:
    assert b"Nothing is held to anything yet" in signed_in().get(URL).content
    product = make_product()
    assert b"No requirement yet" in signed_in().get(URL).content
    make_requirement(product)
    assert b"No version of ours yet" in signed_in().get(URL).content


def test_a_cell_says_verdict_trend_and_freshness_and_leads_to_that_version(product: Product) -> None:
    requirement = make_judged(product, "met")
    newer = second_version(product)
    judge(requirement, newer, "not_met", trend="regressed")
    link = requirement.revisions.get().criteria.get().verifications.get()
    link.stamp = {}
    link.save()
    shown = matrix()
    assert f'href="/requirements/{requirement.key}/?version=ours%40v2"' in shown
    assert "Not met, regressed, needs re-check" in shown
    assert "Met, needs re-check" in shown


def test_what_was_never_measured_is_hatched(product: Product) -> None:
    make_judged(product)
    second_version(product)
    assert matrix().count('<td class="cell none">') == 1


def test_columns_are_chosen_in_the_address(product: Product) -> None:
    make_judged(product)
    second_version(product)
    shown = matrix(column=["ours@v2"])
    assert 'title="ours@v2"' in shown
    assert 'title="ours@v1"' not in shown


def test_what_is_lacking_is_found_at_one_press(product: Product) -> None:
    measured, bare = make_judged(product), make_requirement(product)
    stale = make_judged(product)
    link = stale.revisions.get().criteria.get().verifications.get()
    link.stamp = {}
    link.save()
    shown = matrix(coverage="no_criterion")
    assert f">{bare.key}<" in shown and f">{measured.key}<" not in shown
    shown = matrix(freshness="needs_recheck")
    assert f">{stale.key}<" in shown and f">{measured.key}<" not in shown


def test_the_filters_of_the_list_hold_here_too(product: Product) -> None:
    lead, parity = make_requirement(product, intent="lead"), make_requirement(product, intent="parity")
    shown = matrix(intent="lead")
    assert f">{lead.key}<" in shown and f">{parity.key}<" not in shown


def test_a_restricted_product_shows_nothing_to_strangers() -> None:
    product = make_product(restricted=True)
    requirement = make_requirement(product)
    assert requirement.key not in signed_in().get(URL).content.decode()
    assert make_membership(product).user_id


def test_csv_and_json_hold_every_row_and_column(product: Product) -> None:
    make_judged(product, "not_met")
    second_version(product)
    text = signed_in().get(URL, {"format": "csv"}).getvalue().decode()
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["ours@v1"], row["ours@v2"], row["ours@v1 freshness"]) == ("not_met", "no_data", "fresh")
    found = json.loads(signed_in().get(URL, {"format": "json"}).getvalue())
    assert found["coverage"][0]["ours@v1"] == "not_met"


def test_htmx_gets_the_part_alone(product: Product) -> None:
    make_judged(product)
    page = signed_in().get(URL, headers={"HX-Request": "true"}).content.decode()
    assert page.lstrip().startswith('<div id="requirements">')


def test_ten_times_the_rows_and_more_columns_take_the_same_queries(product: Product) -> None:
    client = signed_in()

    def cost() -> int:
        client.get(URL)
        with CaptureQueriesContext(connection) as found:
            client.get(URL)
        return len(found)

    make_judged(product)
    few = cost()
    for _ in range(9):
        make_judged(product)
    second_version(product)
    assert cost() == few


def test_the_api_gives_the_same_cells(product: Product) -> None:
    requirement = make_judged(product, "not_met")
    second_version(product)
    _, secret = make_token(make_user(Role.VIEWER), scopes=("read",))
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    found = client.get("/api/v1/coverage/", {"product": product.key, "columns": "ours@v1"}).json()
    [row] = found["results"]
    assert row["key"] == requirement.key
    assert [(cell["version"], cell["verdict"]) for cell in row["versions"]] == [("ours@v1", "not_met")]
    refused = client.get("/api/v1/coverage/", {"product": product.key, "columns": "other@1"})
    assert refused.status_code == 400
