"""A capability's requirements as a decision table, with the rows that contradict each other."""

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from capabilities.models import Capability, Requirement
from capabilities.queries.decisions import decision_table
from capabilities.queries.products import only
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import (
    make_capability,
    make_link,
    make_membership,
    make_product,
    make_requirement,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
PLACE = "/capabilities/speech/decisions/"


@pytest.fixture
def speech() -> Capability:
    return make_capability(make_product(key="VA"), name="Speech", slug="speech")


def asks(capability: Capability, shall: str, **parts: str) -> Requirement:
    return make_requirement(
        capability.product,
        approved=True,
        criteria=[{}],
        capability=capability,
        revision={"shall": shall, **parts},
    )


def flags(capability: Capability, user: Any = None) -> dict[str, tuple[list[str], list[str]]]:
    table = decision_table(capability, user or make_user("viewer"), only(None))
    return {row.state.requirement.key: (list(row.against), list(row.conflicts)) for row in table.rows}


def test_the_same_conditions_with_another_answer_are_flagged_whatever_the_spelling(
    speech: Capability,
) -> None:
    asks(speech, "answer in English", when_part="the user speaks German")
    asks(speech, "answer in German", when_part=" The user  speaks German. ")
    asks(speech, "Answer in German.", when_part="the user speaks German", where_part="subtitles are on")
    assert flags(speech) == {"VA-1": (["VA-2"], []), "VA-2": (["VA-1"], []), "VA-3": ([], [])}


def test_the_same_answer_twice_is_no_contradiction(speech: Capability) -> None:
    asks(speech, "answer in German", when_part="the user speaks German")
    asks(speech, "Answer in  German.", when_part="the user speaks German")
    assert flags(speech) == {"VA-1": ([], []), "VA-2": ([], [])}


def test_what_always_holds_stands_side_by_side_unless_a_link_says_otherwise(speech: Capability) -> None:
    one, two = asks(speech, "be brief"), asks(speech, "give all details")
    assert flags(speech) == {"VA-1": ([], []), "VA-2": ([], [])}
    make_link(one, two, "conflicts")
    assert flags(speech) == {"VA-1": ([], ["VA-2"]), "VA-2": ([], ["VA-1"])}


def test_a_conflict_with_what_one_may_not_see_is_not_told(speech: Capability) -> None:
    secret = make_product(key="SECRET", restricted=True)
    member = make_user("viewer")
    make_membership(secret, member)
    make_link(asks(speech, "be brief"), make_requirement(secret), "conflicts")
    assert flags(speech) == {"VA-1": ([], [])}
    assert flags(speech, member) == {"VA-1": ([], ["SECRET-1"])}


def test_what_stands_under_the_capability_is_in_the_table_and_what_ended_is_not(speech: Capability) -> None:
    below = make_capability(speech.product, name="Dictation", slug="dictation", parent=speech)
    asks(below, "write what is said")
    ended = asks(speech, "shout")
    Requirement.objects.filter(pk=ended.pk).update(lifecycle="retired", lifecycle_reason="Old.")
    asks(make_capability(speech.product), "sing")
    assert list(flags(speech)) == ["VA-1"]


def test_the_page_shows_conditions_marks_and_only_the_flagged(speech: Capability) -> None:
    asks(speech, "answer in English", when_part="the user speaks German")
    asks(speech, "answer in German", when_part="the user speaks German")
    asks(speech, "answer in French", when_part="the user speaks French")
    client = signed_in(role="viewer")
    page = client.get(PLACE).content.decode()
    assert "Same conditions, something else" in page and "<b>2</b>conflicting" in page
    assert ">When</th>" in page and ">While</th>" not in page
    flagged = client.get(f"{PLACE}?only=flagged").content.decode()
    assert "answer in German" in flagged and "answer in French" not in flagged
    assert 'href="/capabilities/speech/decisions/"' in client.get("/capabilities/").content.decode()


def test_an_empty_table_offers_what_to_do(speech: Capability) -> None:
    page = signed_in().get(PLACE).content.decode()
    assert "No requirement here yet" in page and "/requirements/new/" in page


def test_the_table_is_taken_along_as_csv_json_and_over_the_api(speech: Capability) -> None:
    asks(speech, "=answer in English", when_part="the user speaks German")
    asks(speech, "answer in German", when_part="the user speaks German")
    client = signed_in()
    sheet = b"".join(client.get(f"{PLACE}?format=csv")).decode()
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert [row["same_conditions_as"] for row in rows] == ["VA-2", "VA-1"]
    assert rows[0]["shall"].startswith("'=")
    whole = json.loads(b"".join(client.get(f"{PLACE}?format=json")))
    assert [row["key"] for row in whole["decisions"]] == ["VA-1", "VA-2"]
    reply = Caller().get(f"/capabilities/{speech.pk}/decisions/").json()
    assert [row["when_part"] for row in reply] == ["the user speaks German"] * 2
    assert reply[1]["same_conditions_as"] == ["VA-1"]


def test_a_table_of_another_product_is_not_there(speech: Capability) -> None:
    make_capability(make_product(key="SECRET", restricted=True), slug="hidden")
    assert signed_in().get("/capabilities/hidden/decisions/").status_code == 404


def test_a_table_costs_the_same_queries_for_two_rows_as_for_twenty(speech: Capability) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            decision_table(speech, make_user("viewer"), only(None))
        return len(found)

    for _ in range(2):
        asks(speech, "be brief", when_part="asked")
    few = queries()
    for _ in range(18):
        asks(speech, "be brief", when_part="asked")
    assert queries() == few <= 16
