"""The gap chart of a criterion as a picture and as rows."""

import csv
import io
import xml.etree.ElementTree as ET

import pytest

from tests.capabilities.pages import make_judged, signed_in
from tests.factories.capabilities import make_product, make_requirement

pytestmark = pytest.mark.django_db
GAP = "/requirements/{}/criteria/AC-1/gap.{}"


def test_the_picture_stands_on_its_own() -> None:
    requirement = make_judged(make_product(key="VA"))
    reply = signed_in().get(GAP.format(requirement.key, "svg"))
    assert reply.status_code == 200
    assert reply["Content-Type"] == "image/svg+xml"
    assert reply["Content-Disposition"] == f'attachment; filename="{requirement.key}-AC-1-gap.svg"'
    assert reply["X-Content-Type-Options"] == "nosniff"
    root = ET.fromstring(reply.content)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.find("{http://www.w3.org/2000/svg}style") is not None


def test_the_rows_are_numbers_not_words() -> None:
    requirement = make_judged(make_product(key="VA"), point=0.93, low=0.904, high=0.949)
    reply = signed_in().get(GAP.format(requirement.key, "csv"))
    assert reply["Content-Type"] == "text/csv; charset=utf-8"
    assert reply["X-Content-Type-Options"] == "nosniff"
    (row,) = csv.DictReader(io.StringIO(reply.content.decode()))
    assert list(row) == ["model", "value", "low", "high", "unit", "target", "beside_ours"]
    version = requirement.product.candidate_version
    assert version is not None
    assert row["model"] == version.label
    assert [float(row[name]) for name in ("value", "low", "high")] == [0.93, 0.904, 0.949]
    assert float(row["target"]) > 0


@pytest.mark.parametrize("kind", ["svg", "csv"])
def test_the_page_leads_there_for_the_version_it_shows(kind: str) -> None:
    requirement = make_judged(make_product(key="VA"))
    version = requirement.product.candidate_version
    assert version is not None
    client = signed_in()
    path = GAP.format(requirement.key, kind)
    assert f'href="{path}' in client.get(f"/requirements/{requirement.key}/").text
    shown = client.get(f"/requirements/{requirement.key}/", {"version": version.label}).text
    assert f'href="{path}?version=' in shown


@pytest.mark.parametrize("kind", ["svg", "csv"])
def test_what_is_not_there_or_not_seen_is_not_found(kind: str) -> None:
    client = signed_in()
    unmeasured = make_requirement(approved=True, criteria=[{}])
    hidden = make_judged(make_product(key="SE", restricted=True))
    for key in (unmeasured.key, hidden.key, "NO-1"):
        assert client.get(GAP.format(key, kind)).status_code == 404
    seen = make_judged(make_product(key="VA"))
    assert client.get(f"/requirements/{seen.key}/criteria/AC-9/gap.{kind}").status_code == 404
