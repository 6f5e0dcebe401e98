"""Single cases of a draft: put in, moved and taken out, on the page and over the API; a published version refuses."""

import pytest
from django.test import Client

from config.errors import Conflict, Refused
from config.people.models import AuditEntry, Role
from evaluations.importers import CaseRow
from evaluations.models import DatasetVersion
from evaluations.services.datasets import publish_version, remove_case
from evaluations.services.draft_cases import add_case, move_case, put_case
from tests.api_client import Caller, error_of
from tests.factories.evaluations import make_dataset_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def keys_of(version: DatasetVersion) -> list[str]:
    return list(version.entries.order_by("position").values_list("key", flat=True))


def draft(*keys: str) -> DatasetVersion:
    cases = [{"key": key, "input": f"Question {key}"} for key in keys]
    return make_dataset_version(cases, slug="d", frozen=False)


def row(key: str, text: str = "A new question") -> CaseRow:
    return CaseRow(line=0, key=key, input=text, target="yes")


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(Role.RESEARCHER, may_read_test=True))
    return client


@pytest.mark.parametrize(
    ("key", "place", "order"),
    [("a", 3, "bcad"), ("d", 1, "dabc"), ("b", 4, "acdb"), ("c", 3, "abcd"), ("a", "up", "abcd"), ("c", "up", "acbd"),
     ("c", "down", "abdc"), ("d", "down", "abcd")],
)  # fmt: skip
def test_a_case_is_moved_and_the_others_keep_their_order(key, place, order) -> None:
    version = draft(*"abcd")
    moved = move_case(actor=None, version=version, key=key, place=place)
    assert "".join(keys_of(version)) == order
    assert order[moved - 1] == key


def test_places_are_counted_over_gaps() -> None:
    version = draft(*"abcde")
    remove_case(actor=None, version=version, key="b")
    assert move_case(actor=None, version=version, key="e", place=2) == 2
    assert keys_of(version) == ["a", "e", "c", "d"]


def test_a_new_case_comes_at_its_place_and_a_known_key_is_written_anew() -> None:
    version = draft("a", "b")
    add_case(actor=None, version=version, row=row("c"), place=1)
    with pytest.raises(Conflict, match="there already"):
        add_case(actor=None, version=version, row=row("c"))
    entry, new = put_case(actor=None, version=version, row=row("a", "Asked better"), place=3)
    assert (new, entry.case.input, keys_of(version)) == (False, "Asked better", ["c", "b", "a"])


def test_a_place_that_is_none_is_refused_and_nothing_is_added() -> None:
    version = draft("a")
    with pytest.raises(Refused, match="Choose one from 1 to 2"):
        add_case(actor=None, version=version, row=row("b"), place=9)
    assert keys_of(version) == ["a"]


def test_a_published_version_refuses_each_of_them() -> None:
    version = draft("a", "b")
    publish_version(actor=None, version=version)
    for deed in (
        lambda: add_case(actor=None, version=version, row=row("c")),
        lambda: put_case(actor=None, version=version, row=row("a")),
        lambda: move_case(actor=None, version=version, key="a", place=2),
    ):
        with pytest.raises(Refused, match="is published and cannot change. Open a new draft"):
            deed()
    assert keys_of(version) == ["a", "b"]


def test_the_page_puts_in_moves_and_says_why_it_does_not(researcher) -> None:
    version = draft("a", "b")
    made = researcher.post(
        "/datasets/d/v1/cases/new/", {"key": "c", "input": "Third?", "place": "1"}, follow=True
    )
    assert "c is in the draft." in made.content.decode()
    assert keys_of(version) == ["c", "a", "b"]
    entry = version.entries.get(key="b")
    swapped = researcher.post(
        f"/datasets/d/cases/{entry.pk}/move/",
        {"to": "up", "next": "/datasets/d/?v=1"},
        headers={"HX-Request": "true", "HX-Target": "cases"},
        follow=True,
    ).content.decode()
    assert swapped.lstrip().startswith('<div id="cases"')
    assert swapped.index("Question b") < swapped.index("Question a")
    again = researcher.post("/datasets/d/v1/cases/new/", {"key": "c", "input": "Kept as typed"})
    assert again.status_code == 422
    assert "there already" in again.content.decode() and "Kept as typed" in again.content.decode()
    researcher.post(f"/datasets/d/cases/{entry.pk}/edit/", {"input": "Question b", "place": "3"})
    assert keys_of(version) == ["c", "a", "b"]
    assert AuditEntry.objects.filter(verb="dataset.case_moved").count() == 3


def test_a_published_version_says_so_on_the_page(researcher) -> None:
    version = draft("a", "b")
    publish_version(actor=None, version=version)
    refused = researcher.post("/datasets/d/v1/cases/new/", {"input": "Too late?"})
    assert refused.status_code == 422
    assert "Open a new draft" in refused.content.decode()
    moved = researcher.post(
        f"/datasets/d/cases/{version.entries.get(key='b').pk}/move/", {"to": "up"}, follow=True
    )
    assert "Open a new draft" in moved.content.decode()
    assert "/cases/new/" not in moved.content.decode()


def test_the_api_puts_moves_and_takes_out() -> None:
    version = draft("a", "b")
    caller = Caller("read", "write")
    made = caller.put("/datasets/d/cases/part/1/", {"input": "New", "target": "yes", "place": 2})
    assert (made.status_code, made.json()["place"], made.json()["version"]) == (201, 2, 1)
    assert caller.put("/datasets/d/cases/a/", {"input": "Asked better"}).status_code == 200
    assert caller.patch("/datasets/d/cases/part/1/", {"place": 3}).json()["place"] == 3
    assert keys_of(version) == ["a", "b", "part/1"]
    assert error_of(caller.patch("/datasets/d/cases/a/", {"place": 4})) == (422, "no_place")
    assert error_of(caller.put("/datasets/d/cases/x/", {"input": ""})) == (422, "bad_case")
    assert caller.send("DELETE", "/datasets/d/cases/b/").status_code == 204
    assert error_of(caller.send("DELETE", "/datasets/d/cases/b/")) == (422, "unknown_case")
    publish_version(actor=None, version=version)
    assert error_of(caller.send("DELETE", "/datasets/d/cases/a/")) == (422, "no_draft")
    assert caller.post("/datasets/d/draft/").json()["versions"][0]["state"] == "draft"
    assert caller.send("DELETE", "/datasets/d/cases/a/").status_code == 204
    assert keys_of(version) == ["a", "part/1"]
