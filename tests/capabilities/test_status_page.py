"""The status page and the search."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.capabilities.pages import make_judged, signed_in
from tests.factories.capabilities import make_product, make_requirement
from tests.factories.evaluations import make_model

pytestmark = pytest.mark.django_db


def test_status_and_search_ask_to_sign_in() -> None:
    for url in ("/status/", "/search/", "/search.json"):
        assert Client().get(url).status_code == 302


def test_status_without_a_product_offers_one() -> None:
    assert b"Nothing is held to anything yet" in signed_in().get("/status/").content


def test_markdown_says_what_the_page_says() -> None:
    product = make_product(name="Aria")
    missed = make_judged(product, "not_met")
    make_requirement(product)
    text = signed_in().get("/status/", {"format": "markdown"}).content.decode()
    assert text.startswith("# Aria")
    assert "2 requirements: 0 met, 1 not met, 0 not proven yet, 1 without data." in text
    assert f"- {missed.key} " in text
    assert "**Not met**" in text


def test_only_changes_since_the_day_asked_for_are_listed() -> None:
    make_judged(make_product())
    client = signed_in()
    recent = client.get("/status/", {"since": "2020-01-01"}).content.decode()
    future = client.get("/status/", {"since": "2999-01-01"}).content.decode()
    assert "judged for the first time" in recent
    assert "judged for the first time" not in future


@pytest.mark.parametrize("since", ["yesterday", "2026-13-45", ""])
def test_a_day_that_cannot_be_read_shows_two_weeks(since: str) -> None:
    make_judged(make_product())
    assert "judged for the first time" in signed_in().get("/status/", {"since": since}).content.decode()


def test_more_requirements_take_the_same_queries(django_assert_num_queries: Any) -> None:
    product = make_product()
    client = signed_in()
    make_judged(product)
    client.get("/status/")
    with CaptureQueriesContext(connection) as few:
        client.get("/status/")
    cost = len(few)
    for _ in range(4):
        make_judged(product)
    client.get("/status/")
    with django_assert_num_queries(cost):
        client.get("/status/")


def test_requirements_and_facts_are_found_by_the_palette() -> None:
    requirement = make_requirement(revision={"title": "Reads sarcasm in reviews"})
    make_model(slug="sarcasm-model", name="Sarcasm model")
    found = signed_in().get("/search.json", {"q": "sarcasm"}).json()["results"]
    assert {one["label"]: one["url"] for one in found} == {
        f"{requirement.key} Reads sarcasm in reviews": f"/requirements/{requirement.key}/",
        "Sarcasm model": "/models/sarcasm-model/",
    }


def test_what_one_may_not_see_is_not_found() -> None:
    requirement = make_requirement(make_product(restricted=True), revision={"title": "Secret sarcasm"})
    assert signed_in().get("/search.json", {"q": "sarcasm"}).json()["results"] == []
    assert requirement.key not in signed_in().get("/search/", {"q": requirement.key}).content.decode().split(
        "<main"
    )[1].replace(f'value="{requirement.key}"', "")


def test_a_single_letter_and_nothing_find_nothing() -> None:
    make_requirement()
    for words in ("", "a", " "):
        assert signed_in().get("/search.json", {"q": words}).json()["results"] == []


@pytest.mark.parametrize("words", ["%", "'; DROP TABLE", "\\", "a" * 5_000, "((", '"'])
def test_odd_words_never_break_the_search(words: str) -> None:
    make_requirement()
    assert signed_in().get("/search/", {"q": words}).status_code == 200
