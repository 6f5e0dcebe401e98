import pytest
from django.test import Client

from capabilities.models import Link, Requirement
from tests.api_client import Caller
from tests.capabilities.pages import make_judged, signed_in
from tests.factories.capabilities import (
    make_link,
    make_membership,
    make_product,
    make_requirement,
    make_revision,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
PLACE = "/requirements/VA-1/links/"


@pytest.fixture
def pair() -> tuple[Requirement, Requirement]:
    product = make_product(key="VA")
    one = make_requirement(product, approved=True, criteria=[{}], revision={"title": "Speaks German"})
    two = make_judged(product, "not_met")
    return one, two


def body(client: Client, path: str) -> str:
    reply = client.get(path)
    assert reply.status_code == 200
    return reply.content.decode()


def test_a_link_is_added_by_key_and_shown_at_both_ends(pair: tuple[Requirement, Requirement]) -> None:
    client = signed_in()
    reply = client.post(f"{PLACE}add/", {"kind": "depends_on", "target": "va-2", "note": "Same cases"})
    assert (reply.status_code, reply["Location"]) == (302, PLACE)
    here = body(client, "/requirements/VA-1/")
    assert "Depends on" in here and "VA-2" in here and "Not met" in here and "Same cases" in here
    assert "Needed by" in body(client, "/requirements/VA-2/")


def test_words_that_find_one_are_enough_and_words_that_find_several_are_asked_about(
    pair: tuple[Requirement, Requirement],
) -> None:
    client = signed_in()
    make_requirement(pair[0].product, revision={"title": "Names every colour"})
    client.post(f"{PLACE}add/", {"kind": "refines", "target": "every colour"})
    assert Link.objects.get().target.number == 3
    make_requirement(pair[0].product, revision={"title": "Names every animal"})
    reply = client.post(f"{PLACE}add/", {"kind": "conflicts", "target": "names every"}, follow=True)
    page = reply.content.decode()
    assert "Which one do you mean?" in page
    assert 'value="VA-3"' in page and 'value="VA-4"' in page
    assert Link.objects.count() == 1


def test_what_is_refused_is_said_on_the_page(pair: tuple[Requirement, Requirement]) -> None:
    make_link(pair[1], pair[0])
    reply = signed_in().post(f"{PLACE}add/", {"kind": "depends_on", "target": "VA-2"}, follow=True)
    assert "close a circle" in reply.content.decode()
    reply = signed_in().post(f"{PLACE}add/", {"kind": "tickles", "target": ""}, follow=True)
    assert "Name the other requirement" in reply.content.decode()


def test_a_suspect_link_is_confirmed_and_removed_on_the_page(pair: tuple[Requirement, Requirement]) -> None:
    client = signed_in()
    link = make_link(*pair)
    make_revision(pair[1], approved=True, shall="answer in rhyme")
    assert "The text it points to changed since" in body(client, "/requirements/VA-1/")
    assert "compare/?a=1&amp;b=2" in body(client, PLACE)
    client.post(f"{PLACE}{link.pk}/confirm/")
    assert "changed since" not in body(client, "/requirements/VA-1/")
    client.post(f"{PLACE}{link.pk}/remove/")
    assert not Link.objects.exists()


def test_a_duplicate_suggests_putting_one_aside(pair: tuple[Requirement, Requirement]) -> None:
    client = signed_in()
    make_link(*pair, "duplicates")
    assert "Put VA-1 aside, keep VA-2" in body(client, "/requirements/VA-1/")
    assert "Put VA-2 aside, keep VA-1" in body(client, "/requirements/VA-2/")
    client.post("/requirements/VA-1/put-aside/", {"lifecycle": "retired", "reason": "Duplicate of VA-2."})
    assert "Said twice" not in body(client, "/requirements/VA-2/")


def test_a_reader_sees_links_and_has_no_buttons(pair: tuple[Requirement, Requirement]) -> None:
    link = make_link(*pair)
    client = signed_in(role="viewer")
    page = body(client, PLACE)
    assert "VA-2" in page and "Add a link" not in page and "Remove" not in page
    for deed in ("add/", f"{link.pk}/confirm/", f"{link.pk}/remove/"):
        assert client.post(f"{PLACE}{deed}").status_code == 403


def test_what_one_may_not_see_is_counted_and_cannot_be_touched(pair: tuple[Requirement, Requirement]) -> None:
    secret = make_product(key="SECRET", restricted=True)
    hidden = make_requirement(secret, approved=True, criteria=[{}], revision={"title": "Zebra stripes"})
    member = make_user("pm")
    make_membership(secret, member)
    link = make_link(pair[0], hidden)
    client = signed_in()
    for path in ("/requirements/VA-1/", PLACE):
        page = body(client, path)
        assert "1 requirement you may not see" in page
        assert "Zebra" not in page and "SECRET" not in page
    assert "Zebra" in body(signed_in(member), PLACE)
    assert "Zebra" not in body(client, f"{PLACE}suggest/?target=Zebra")
    assert "Zebra" in body(signed_in(member), f"{PLACE}suggest/?target=Zebra")
    assert client.post(f"{PLACE}{link.pk}/remove/").status_code == 404
    reply = client.post(f"{PLACE}add/", {"kind": "refines", "target": "SECRET-1"}, follow=True)
    assert "Zebra" not in reply.content.decode()
    assert Link.objects.count() == 1


def test_suggestions_put_the_same_product_first_and_never_the_requirement_itself(
    pair: tuple[Requirement, Requirement],
) -> None:
    make_requirement(make_product(key="AA"), revision={"title": "Speaks French"})
    make_requirement(pair[0].product, revision={"title": "Speaks Dutch"})
    page = body(signed_in(), f"{PLACE}suggest/?target=speaks")
    assert page.index("VA-3") < page.index("AA-1")
    assert "VA-1" not in page


class TestApi:
    def test_links_are_made_read_confirmed_and_removed(self, pair: tuple[Requirement, Requirement]) -> None:
        caller = Caller("read", "write")
        made = caller.post("/requirements/VA-1/links/", {"kind": "depends_on", "target": "VA-2"})
        assert made.status_code == 201
        row = made.json()["links"][0]
        assert (row["direction"], row["other"]["key"], row["suspect"]) == ("out", "VA-2", False)
        make_revision(pair[1], approved=True, shall="answer in rhyme")
        row = caller.get("/requirements/VA-1/links/").json()["links"][0]
        assert (row["suspect"], row["revision_seen"], row["revision_now"]) == (True, 1, 2)
        confirmed = caller.post(f"/requirements/VA-1/links/{row['id']}/confirm/")
        assert confirmed.json()["links"][0]["suspect"] is False
        there = caller.get("/requirements/VA-2/dependencies/").json()
        assert [(step["depth"], step["requirement"]["key"]) for step in there["rests_on_this"]] == [
            (0, "VA-1")
        ]
        assert caller.send("DELETE", f"/requirements/VA-1/links/{row['id']}/").status_code == 204
        assert caller.get("/requirements/VA-1/links/").json() == {"links": [], "hidden": 0}

    def test_a_circle_is_a_422_with_its_code(self, pair: tuple[Requirement, Requirement]) -> None:
        make_link(pair[1], pair[0])
        reply = Caller("read", "write").post(
            "/requirements/VA-1/links/", {"kind": "depends_on", "target": "VA-2"}
        )
        assert (reply.status_code, reply.json()["error"]["code"]) == (422, "circle")

    def test_a_target_one_may_not_see_is_not_there(self, pair: tuple[Requirement, Requirement]) -> None:
        make_requirement(make_product(key="SECRET", restricted=True))
        caller = Caller("write", user=make_user("pm"))
        seen = caller.post("/requirements/VA-1/links/", {"kind": "refines", "target": "SECRET-1"})
        absent = caller.post("/requirements/VA-1/links/", {"kind": "refines", "target": "SECRET-9"})
        assert seen.status_code == absent.status_code == 400
        assert str(seen.json()).replace("-1", "-9") == str(absent.json())
