from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluations.models import Dataset, Exposure
from evaluations.queries.case_changes import case_changes
from evaluations.queries.datasets import sources_of_version
from tests.factories.evaluations import make_dataset_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
OLD: list[dict[str, Any]] = [
    {"key": "a", "input": "The red car", "target": "x", "slices": {"lang": "en"}, "cluster": "one"},
    {"key": "b", "input": "Same words", "target": {"score": 1}, "cluster": "one"},
    {"key": "gone"},
]
NEW: list[dict[str, Any]] = [
    {"key": "a", "input": "The blue car", "target": "x", "slices": {"lang": "en"}, "cluster": "two"},
    {"key": "b", "input": "Same words", "target": {"score": 2}, "cluster": "one"},
    {"key": "new"},
]


@pytest.fixture
def dataset() -> Dataset:
    first = make_dataset_version(OLD, slug="d", purpose="test")
    make_dataset_version(NEW, dataset=first.dataset)
    return first.dataset


def test_each_part_that_differs_is_told_word_by_word(dataset: Dataset) -> None:
    new, old = dataset.versions.order_by("-number")
    first, second = case_changes(old, new, ["a", "b"])
    assert [name for name, _ in first.parts] == ["input", "cluster"]
    assert [(one.op, one.text.strip()) for one in first.parts[0][1] if one.op != "="] == [
        ("-", "red"),
        ("+", "blue"),
    ]
    assert [name for name, _ in second.parts] == ["target"]


def test_a_key_that_one_version_lacks_is_passed_over_and_many_cost_two_queries(dataset: Dataset) -> None:
    new, old = dataset.versions.order_by("-number")
    for keys in (["a"], ["a", "b", "gone", "new"]):
        with CaptureQueriesContext(connection) as caught:
            found = case_changes(old, new, keys)
        assert len(caught) == 2
    assert [one.key for one in found] == ["a", "b"]


def test_the_page_shows_the_words_and_counts_both_versions(client, dataset: Dataset) -> None:
    client.force_login(make_user("viewer", may_read_test=True))
    html = client.get("/datasets/d/?v=2&against=1").content.decode()
    assert "blue" in html and "red" in html and "What changed, word by word" in html
    assert Exposure.objects.get().samples == 4


def test_without_the_right_to_read_test_cases_only_keys_are_shown(client, dataset: Dataset) -> None:
    client.force_login(make_user("viewer"))
    html = client.get("/datasets/d/?v=2&against=1").content.decode()
    assert "2 cases changed" in html and "blue" not in html
    assert not Exposure.objects.exists()


def test_sources_and_the_smallest_slice_are_told(client) -> None:
    cases = [
        {"key": str(n), "cluster": "x" if n < 3 else "", "slices": {"lang": "de" if n else "fr"}}
        for n in range(5)
    ]
    version = make_dataset_version([*cases, {"key": "y", "cluster": "y"}], slug="s", purpose="dev")
    found = sources_of_version(version)
    assert (found.named, found.cases, found.largest, found.alone) == (2, 4, 3, 2)
    client.force_login(make_user("viewer"))
    html = " ".join(client.get("/datasets/s/").content.decode().split())
    assert "2 sources with 4 cases, at most 3 from one; 2 by themselves" in html
    assert "lang=fr, 1 case" in html
