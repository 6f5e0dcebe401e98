"""What a dataset version is made of, drawn: slices with their cases, sources by size."""

import pytest
from django.test import Client

from config.people.models import Role
from evaluations.charts import Bar, BarGroup, counts
from evaluations.queries.datasets import sources_by_size
from tests.factories.evaluations import make_dataset_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
CASES = [
    {"key": str(row), "slices": {"lang": "de" if row < 5 else "fr"}, "cluster": "A" if row < 6 else f"B{row}"}
    for row in range(8)
]


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(make_user(Role.VIEWER))
    return client


def test_the_page_draws_slices_and_sources_with_their_numbers_and_files(viewer) -> None:
    version = make_dataset_version(CASES, slug="d")
    assert sources_by_size(version) == [("1 case", 2), ("6 to 10 cases", 1)]
    page = viewer.get("/datasets/d/").content.decode()
    assert "Slices and sources" in page and "Cases of v1 by slice and source" in page
    assert '<td>lang</td><td class="num">de</td><td class="num">5</td>' in page
    rows = viewer.get("/datasets/d/v1/slices.csv").content.decode().splitlines()
    assert rows[0] == "slice,value,count" and "lang,de,5" in rows and "Cases from one source,1 case,2" in rows
    picture = viewer.get("/datasets/d/v1/slices.svg")
    assert picture["Content-Type"] == "image/svg+xml" and ">de<" in picture.content.decode()


def test_without_slices_and_sources_nothing_is_drawn(viewer) -> None:
    make_dataset_version(3, slug="plain")
    assert "Slices and sources" not in viewer.get("/datasets/plain/").content.decode()
    assert viewer.get("/datasets/plain/v1/slices.csv").content.decode().splitlines() == ["slice,value,count"]


def test_bars_are_as_long_as_their_share_of_the_longest() -> None:
    drawn = counts.draw([BarGroup("lang", [Bar("<de>", 100, "100"), Bar("fr", 50, "50")])], "Cases", 620.0)
    assert "&lt;de&gt;" in drawn
    assert "h338.0" in drawn and "h169.0" in drawn
