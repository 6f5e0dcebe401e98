"""The list of requirements: its filters live in the address, its rows carry the verdict."""

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.people.models import Role
from tests.capabilities.pages import make_judged, signed_in
from tests.factories.capabilities import (
    make_capability,
    make_comment,
    make_link,
    make_membership,
    make_product,
    make_requirement,
    make_waiver,
)

pytestmark = pytest.mark.django_db
URL = "/requirements/"


def test_somebody_who_is_not_signed_in_is_sent_to_sign_in() -> None:
    response = Client().get(URL)
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


def test_without_a_product_three_ways_to_begin_are_offered() -> None:
    response = signed_in().get(URL)
    assert response.status_code == 200
    assert b"Nothing is held to anything yet" in response.content


def test_a_product_without_requirements_offers_the_first_one() -> None:
    make_product()
    assert b"No requirement yet" in signed_in().get(URL).content


def test_rows_show_key_title_verdict_and_gap() -> None:
    product = make_product()
    requirement = make_judged(product, point=0.93, low=0.904, high=0.949)
    page = signed_in().get(URL).content.decode()
    assert requirement.key in page
    assert requirement.revisions.get().title in page
    assert "Met" in page
    assert "+3.0\u00a0pt" in page


def test_filters_keep_only_what_they_name_and_can_be_taken_away() -> None:
    product = make_product()
    met, missed = make_judged(product), make_judged(product, "not_met")
    page = signed_in().get(URL, {"verdict": "not_met"}).content.decode()
    assert f">{missed.key}<" in page
    assert f">{met.key}<" not in page
    assert 'href="?"' in page


def test_what_people_left_on_a_requirement_is_a_filter() -> None:
    product = make_product()
    alone = make_requirement(product, approved=True, revision={"self_agreed": True})
    eased = make_requirement(product, approved=True, revision={"loosened_after_miss": True})
    asked, one, other = (make_requirement(product) for _ in range(3))
    make_comment(asked, kind="question")
    make_comment(alone, kind="decision")
    make_link(one, other, "conflicts")
    make_link(eased, make_requirement(make_product(key="ELSE")), "conflicts")
    expected = {
        "self_agreed": [alone],
        "loosened": [eased],
        "question": [asked],
        "conflict": [one, other],
        "question,self_agreed": [alone, asked],
        "nonsense": [],
    }
    client = signed_in()
    for marked, found in expected.items():
        page = client.get(URL, {"marked": marked, "product": product.key}).context["page"]
        assert [state.requirement for state in page] == found, marked


def test_words_and_keys_are_found() -> None:
    product = make_product()
    found = make_requirement(product, revision={"title": "Reads sarcasm"})
    other = make_requirement(product, revision={"title": "Something else"})
    client = signed_in()
    assert f">{other.key}<" not in client.get(URL, {"q": "sarcasm"}).content.decode()
    assert f">{found.key}<" in client.get(URL, {"q": found.key.lower()}).content.decode()


def test_nonsense_in_the_address_shows_a_page() -> None:
    make_requirement()
    asked = {
        "sort": "-nothing",
        "group": "x",
        "page": "-1",
        "objective": "ü",
        "version": "9" * 30,
    }
    assert signed_in().get(URL, asked).status_code == 200


def test_rows_are_grouped() -> None:
    product = make_product()
    make_requirement(product, capability=make_capability(product, name="Speech"))
    make_requirement(product)
    page = signed_in().get(URL, {"group": "capability"}).content.decode()
    assert page.index('data-collapse="Speech"') < page.index('data-collapse="Without a capability"')


def test_htmx_gets_the_part_alone() -> None:
    make_requirement()
    page = signed_in().get(URL, headers={"HX-Request": "true"}).content.decode()
    assert page.lstrip().startswith('<div id="requirements"')
    assert 'hx-swap-oob="true"' in page


def test_csv_holds_what_the_list_shows_and_no_formula() -> None:
    product = make_product()
    make_requirement(product, revision={"title": "=1+1"})
    response = signed_in().get(URL, {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode())))
    assert response["Content-Type"].startswith("text/csv")
    assert len(rows) == 1
    assert not rows[0]["title"].startswith("=")


def test_json_holds_rates_as_fractions() -> None:
    product = make_product()
    make_judged(product, point=0.93, low=0.904, high=0.949)
    row = json.loads(signed_in().get(URL, {"format": "json"}).getvalue())["requirements"][0]
    assert row["verdict"] == "met"
    assert row["gap"] == pytest.approx(0.03)


def test_a_restricted_product_is_not_listed_for_strangers() -> None:
    product = make_product(restricted=True)
    requirement = make_requirement(product)
    assert requirement.key not in signed_in().get(URL).content.decode()
    member = make_membership(product).user
    assert requirement.key in signed_in(member).get(URL).content.decode()


def test_a_viewer_changes_nothing() -> None:
    requirement = make_requirement()
    client = signed_in(role=Role.VIEWER)
    assert b"data-select-all" not in client.get(URL).content
    response = client.post(
        "/requirements/change/", {"selected": [requirement.key], "intent": "lead", "apply": "1"}
    )
    assert response.status_code == 403
    requirement.refresh_from_db()
    assert requirement.intent == "foundation"


def test_ten_times_the_rows_take_the_same_queries(django_assert_num_queries: Any) -> None:
    product = make_product()
    client = signed_in()
    make_judged(product)
    client.get(URL)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    cost = len(few)
    for _ in range(9):
        make_judged(product)
    client.get(URL)
    with django_assert_num_queries(cost):
        client.get(URL)


def test_what_is_met_only_by_a_waiver_never_reads_as_met() -> None:
    missed = make_judged(make_product(), "not_met")
    make_waiver(missed)
    page = signed_in().get(URL).content.decode()
    assert "Met with a waiver" in page
    assert 'class="chip met"' not in page
