"""A criterion over versions: on the requirement's page when asked for, as a page, a picture and numbers."""

import csv
from typing import Any

import pytest
from django.test import Client

from capabilities.models import Product, Requirement, Verification
from capabilities.services.judging import judge_run
from evaluations.models import Model
from tests.factories.capabilities import make_evidence, make_product, make_requirement
from tests.factories.evaluations import make_finished_run, make_model, make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
CASES = 40


@pytest.fixture
def model() -> Model:
    return make_model(kind="llm", slug="aria", name="Aria")


@pytest.fixture
def product(model: Model) -> Product:
    return make_product(key="VA", subjects=[model])


@pytest.fixture
def evidence(product: Product) -> Verification:
    return make_evidence(CASES, product=product)


def measure(evidence: Verification, model: Model, *rights: int, first: int = 1) -> None:
    """Versions v1, v2, … that get so many cases right, each made from the one before."""
    for number, right in enumerate(rights, start=first):
        parent = model.versions.order_by("-pk").first()
        version = make_model_version(model, name=f"v{number}", parent=parent)
        judge_run(
            make_finished_run([1.0] * right + [0.0] * (CASES - right), evidence.evaluation_version, version)
        )


def where(evidence: Verification, end: str = "trend/") -> str:
    requirement: Requirement = evidence.criterion.revision.requirement
    return f"/requirements/{requirement.key}/criteria/{evidence.criterion.key}/{end}"


def signed_in() -> Client:
    client = Client()
    client.force_login(make_user("viewer"))
    return client


def test_versions_stand_in_the_order_they_came_with_value_range_and_what_is_asked(
    evidence: Verification, model: Model
) -> None:
    measure(evidence, model, 20, 38, 30)
    client = signed_in()
    page = client.get(where(evidence)).content.decode()
    assert page.index("<td>v1</td>") < page.index("<td>v2</td>") < page.index("<td>v3</td>")
    assert "50.0 %" in page.replace("\u00a0", " ")
    assert "Since the version before" in page
    assert "target" in page
    rows = list(csv.DictReader(b"".join(client.get(where(evidence, "trend.csv"))).decode().splitlines()))
    assert [(row["version"], float(row["value"])) for row in rows] == [
        ("aria@v1", 0.5),
        ("aria@v2", 0.95),
        ("aria@v3", 0.75),
    ]
    picture = client.get(where(evidence, "trend.svg"))
    assert picture["Content-Type"] == "image/svg+xml"
    assert b"v3" in picture.content


def test_the_requirement_asks_for_it_when_it_is_opened(evidence: Verification, model: Model) -> None:
    measure(evidence, model, 20, 38)
    client = signed_in()
    page = client.get(f"/requirements/{evidence.criterion.revision.requirement.key}/").content.decode()
    assert f'hx-get="{where(evidence)}"' in page
    part = client.get(where(evidence), headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith(f'<div id="trend-{evidence.criterion.key}">')
    assert "<svg" in part


def test_one_version_alone_makes_no_line_and_that_is_said(evidence: Verification, model: Model) -> None:
    measure(evidence, model, 20)
    assert "Only one version of Aria was measured" in signed_in().get(where(evidence)).content.decode()


def test_without_a_verdict_there_is_nothing_to_follow(evidence: Verification) -> None:
    assert signed_in().get(where(evidence)).status_code == 404
    other = make_requirement(evidence.criterion.revision.requirement.product)
    assert signed_in().get(f"/requirements/{other.key}/criteria/AC-9/trend/").status_code == 404


def test_more_versions_take_the_same_queries(
    evidence: Verification, model: Model, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    measure(evidence, model, 20, 30)
    client = signed_in()
    client.get(where(evidence))
    with django_assert_max_num_queries(60) as few:
        client.get(where(evidence))
    measure(evidence, model, 31, 32, 33, 34, 35, first=3)
    with django_assert_num_queries(len(few)):
        assert "v7" in client.get(where(evidence)).content.decode()


def test_the_version_before_is_drawn_once_where_it_is_the_released_one_too(
    evidence: Verification, model: Model, product: Product
) -> None:
    measure(evidence, model, 20)
    product.released_version = model.versions.get()
    product.save()
    measure(evidence, model, 38, first=2)
    rows = signed_in().get(where(evidence, "gap.csv"), {"version": "aria@v2"}).content.decode()
    assert [row.split(",")[0] for row in rows.splitlines()[1:]] == ["aria@v2", "Aria v1"]
