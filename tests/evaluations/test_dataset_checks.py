import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.errors import Refused
from config.people.models import AuditEntry
from evaluations.models import Dataset, DatasetVersion, Exposure
from evaluations.queries.duplicates import findings_of, overlaps_of
from evaluations.services.datasets import open_draft, publish_version
from tests.api_client import Caller, error_of
from tests.factories.evaluations import make_dataset_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
LONG = "The battery of this telephone lasts two days when nobody looks at it."


def case(key: str, text: Any) -> dict[str, Any]:
    return {"key": key, "input": text}


def draft(cases: list[dict[str, Any]], purpose: str = "test", **fields: Any) -> DatasetVersion:
    return make_dataset_version(cases, purpose=purpose, frozen=False, **fields)


@pytest.fixture
def researcher(client):
    client.force_login(make_user("researcher", may_read_test=True))
    return client


@pytest.mark.parametrize(("first", "second"), [("dev", "test"), ("test", "dev")])
def test_an_input_of_the_other_purpose_is_refused_until_a_reason_is_given(first: str, second: str) -> None:
    make_dataset_version([case("theirs", LONG)], purpose=first, slug="other")
    version = draft([case("ours", LONG.upper()), case("fine", "Something else")], second)
    with pytest.raises(Refused, match="first ours \\(other, theirs\\)") as refusal:
        publish_version(actor=None, version=version)
    assert refusal.value.code == "split"
    published = publish_version(actor=None, version=version, overlap_reason=" A known example. ")
    assert (published.state, published.overlap_reason) == ("frozen", "A known example.")
    noted = AuditEntry.objects.get(verb="dataset.published").after
    assert (noted["overlaps"], noted["overlap_reason"]) == (1, "A known example.")


def test_a_draft_of_the_other_purpose_counts_too() -> None:
    draft([case("theirs", LONG)], "dev")
    with pytest.raises(Refused):
        publish_version(actor=None, version=draft([case("ours", LONG)]))


def test_the_same_purpose_may_share_inputs() -> None:
    make_dataset_version([case("theirs", LONG)], purpose="test", slug="other")
    version = draft([case("ours", LONG)])
    assert overlaps_of(version) == []
    assert [one.other_dataset for one in findings_of(version).elsewhere] == ["other"]
    assert publish_version(actor=None, version=version).state == "frozen"


def test_what_was_let_through_once_is_not_asked_again_of_the_other_side() -> None:
    tried = draft([case("try", LONG)], "dev")
    publish_version(actor=None, version=tried, overlap_reason="Tried out once.")
    assert publish_version(actor=None, version=draft([case("ours", LONG)])).overlap_reason == ""


def test_a_case_that_left_every_version_no_longer_counts() -> None:
    theirs = draft([case("theirs", LONG), case("stays", "Other words")], "dev")
    theirs.entries.get(key="theirs").delete()
    assert overlaps_of(draft([case("ours", LONG)])) == []


def test_doubles_and_near_doubles_are_found_on_both_sides() -> None:
    make_dataset_version([case("far", LONG.replace("two", "ten"))], purpose="dev", slug="tuned")
    version = draft(
        [case("a", "Yes"), case("b", "yes "), case("c", LONG), case("d", LONG.replace("two", "six"))]
    )
    found = findings_of(version)
    assert found.twice == [["a", "b"]]
    assert [(one.key, one.other_key) for one in found.near] == [("c", "d")]
    assert {(one.key, one.other_key, one.other_dataset) for one in found.near_split} == {
        ("c", "far", "tuned"),
        ("d", "far", "tuned"),
    }
    assert found.split == [] and found.unread == 0 and not found.none


def test_reading_costs_the_same_for_few_and_many_cases() -> None:
    def queries(count: int) -> int:
        version = draft([case(f"k{count}-{number}", f"{LONG} {number}") for number in range(count)])
        with CaptureQueriesContext(
            connection,
        ) as caught:
            findings_of(version)
        return len(caught)

    assert queries(5) == queries(200) <= 9


def test_the_page_shows_pairs_word_by_word_and_counts_the_reading(researcher) -> None:
    version = draft([case("c", LONG), case("d", LONG.replace("two", "six"))], slug="checked")
    html = researcher.get("/datasets/checked/v1/check/").content.decode()
    assert re.search(r"<del>\s*two\s*</del>", html) and re.search(r"<ins>\s*six\s*</ins>", html)
    assert Exposure.objects.get().samples == 2
    assert "Publish v1" in html and version.case_count == 2


def test_who_may_not_read_test_cases_sees_keys_only(client) -> None:
    draft([case("c", LONG), case("d", LONG.replace("two", "six"))], slug="checked")
    client.force_login(make_user("viewer"))
    html = client.get("/datasets/checked/v1/check/").content.decode()
    assert "battery" not in html and ">c<" in html
    assert "Publish v1" not in html and not Exposure.objects.exists()


def test_a_refused_publication_leads_to_what_is_wrong_and_the_reason_is_asked_there(researcher) -> None:
    make_dataset_version([case("theirs", LONG)], purpose="dev", slug="tuned")
    draft([case("ours", LONG)], slug="mine")
    assert "in this draft" in researcher.get("/datasets/mine/").content.decode()
    refused = researcher.post("/datasets/mine/v1/publish/", follow=True)
    html = refused.content.decode()
    assert "must not mix" in html and 'name="overlap_reason"' in html
    researcher.post("/datasets/mine/v1/publish/", {"overlap_reason": "Known."})
    assert Dataset.objects.get(slug="mine").versions.get().overlap_reason == "Known."
    assert "Known." in researcher.get("/datasets/mine/?v=1").content.decode()


def test_over_the_api() -> None:
    make_dataset_version([case("theirs", LONG)], purpose="dev", slug="tuned")
    draft([case("ours", LONG), case("twin", LONG)], slug="mine")
    api = Caller("read", "write")
    doubles = api.get("/datasets/mine/doubles/", {"version": 1}).json()
    assert doubles["twice"] == [["ours", "twin"]]
    assert doubles["split"][0] == {"key": "ours", "other_dataset": "tuned", "other_key": "theirs"}
    assert error_of(api.post("/datasets/mine/publish/")) == (422, "split")
    assert api.post("/datasets/mine/publish/", {"overlap_reason": "Known."}).status_code == 200


def test_a_draft_opened_again_is_asked_for_its_reason_again() -> None:
    make_dataset_version([case("theirs", LONG)], purpose="dev")
    first = draft([case("ours", LONG)])
    publish_version(actor=None, version=first, overlap_reason="Known.")
    with pytest.raises(Refused):
        publish_version(actor=None, version=open_draft(actor=None, dataset=first.dataset))
