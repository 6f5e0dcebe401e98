"""The queries behind lists, counts and the matrix read standings by index, however many other versions there are."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, QuerySet
from django.utils import timezone

from capabilities.models import Product, Requirement, Standing, StandingMark
from capabilities.queries.coverage import Matrix
from capabilities.queries.products import JudgedVersions, only
from capabilities.queries.requirements import RequirementFilter, filter_from, requirement_list
from capabilities.queries.standing_picks import pursued
from evaluations.models import ModelVersion
from tests.factories.capabilities import make_product
from tests.factories.evaluations import make_model, make_model_version

pytestmark = pytest.mark.django_db
REQUIREMENTS, VERSIONS = 200, 30


@pytest.fixture
def wide() -> tuple[Product, JudgedVersions]:
    """Six thousand standings: two hundred requirements on thirty versions."""
    product, model = make_product(), make_model()
    versions = [make_model_version(model, parameters={}) for _ in range(VERSIONS)]
    Requirement.objects.bulk_create(
        Requirement(product=product, number=number + 1) for number in range(REQUIREMENTS)
    )
    ids = list(product.requirements.values_list("pk", flat=True))
    Standing.objects.bulk_create(
        Standing(
            product=product, requirement_id=pk, model_version=version, outcome="met", coverage="measured"
        )
        for pk in ids
        for version in versions
    )
    StandingMark.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE capabilities_standing")
        cursor.execute("ANALYZE capabilities_requirement")
        # Freshly written pages are not yet known to be visible to all, which makes the index look dearer than it is.
        cursor.execute("SET LOCAL random_page_cost = 1.1")
    return product, only(ModelVersion.objects.select_related("model").get(pk=versions[3].pk))


def read_by_index(rows: "QuerySet[Standing] | QuerySet[Standing, Any]") -> bool:
    return "Seq Scan on capabilities_standing" not in rows.explain()


def read_from_index_alone(rows: "QuerySet[Standing] | QuerySet[Standing, Any]") -> bool:
    plan = rows.explain()
    return (
        "Index Only Scan using standing_listed" in plan and "Heap Scan on capabilities_standing" not in plan
    )


def test_lists_and_counts_read_standings_by_index(wide: tuple[Product, JudgedVersions]) -> None:
    product, versions = wide
    for query in ({}, {"verdict": "not_met", "sort": "-gap"}, {"sort": "title"}):
        rows = requirement_list(product, versions, filter_from(query))
        assert len(rows) == (0 if "verdict" in query else REQUIREMENTS)
        assert read_by_index(rows.found)
        assert read_by_index(rows.ids[:50])


@pytest.mark.parametrize("sort", ["key", "title", "verdict", "-gap", "freshness", "trend", "judged"])
def test_counting_and_every_order_read_the_index_alone(
    wide: tuple[Product, JudgedVersions], sort: str
) -> None:
    rows = requirement_list(*wide, filter_from({"sort": sort, "verdict": "met,not_met", "gap": "behind"}))
    counted = rows.found.order_by().values_list("outcome").annotate(count=Count("*"))
    assert read_from_index_alone(rows.ids[:50])
    assert read_from_index_alone(counted)


def test_overviews_and_the_matrix_read_standings_by_index(wide: tuple[Product, JudgedVersions]) -> None:
    product, versions = wide
    assert read_by_index(pursued(product, versions))
    matrix = Matrix(product, versions, RequirementFilter(), versions.all)
    assert len(matrix) == REQUIREMENTS
    assert read_by_index(matrix.found)


def test_what_is_due_is_found_by_index(wide: tuple[Product, JudgedVersions]) -> None:
    product, _ = wide
    assert read_by_index(Standing.objects.filter(product=product, valid_until__lt=timezone.now()))
