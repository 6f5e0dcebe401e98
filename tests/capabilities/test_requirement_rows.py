"""Rows of the list: which columns they have, edited where they stand, put in order."""

import csv
import io

import pytest

from capabilities.errors import EditedMeanwhile
from capabilities.models import Product, Requirement
from capabilities.services.ordering import Where, move_requirement
from capabilities.services.revisions import current_revision
from capabilities.services.row_editing import row_token, save_row
from config.errors import Refused
from config.people.models import Role
from tests.api_client import Caller, error_of
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_product, make_requirement
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
LIST = "/requirements/"
HTMX = {"HX-Request": "true"}


def in_order(product: Product) -> list[int]:
    return list(product.requirements.order_by("position", "number").values_list("number", flat=True))


def test_the_address_names_the_columns() -> None:
    make_requirement(target="Autumn release", tags=["car"])
    client = signed_in()
    usual = client.get(LIST).content.decode()
    assert 'title="Change it here">Autumn release' not in usual
    page = client.get(LIST, {"columns": "target,tags,moon"}).content.decode()
    assert 'title="Change it here">Autumn release' in page
    assert 'scope="col">Trend' not in page


def test_ticked_boxes_become_one_parameter() -> None:
    make_requirement()
    reply = signed_in().get(f"{LIST}?columns=none&columns=gap&columns=owner&sort=gap")
    assert reply["Location"] == f"{LIST}?columns=gap,owner&sort=gap"
    assert signed_in().get(f"{LIST}?columns=none").status_code == 200


def test_exports_hold_the_shown_columns_or_all() -> None:
    make_requirement(owner=make_user(username="ada"))
    client = signed_in()
    shown = client.get(LIST, {"format": "csv", "columns": "owner", "fields": "shown"}).getvalue().decode()
    assert list(csv.DictReader(io.StringIO(shown)))[0].keys() == {"key", "title", "owner"}
    every = client.get(LIST, {"format": "csv", "columns": "owner"}).getvalue().decode()
    assert "verdict" in list(csv.DictReader(io.StringIO(every)))[0]


def edit(requirement: Requirement, **values: str) -> dict[str, str]:
    token = row_token(requirement, current_revision(requirement))
    given = {"title": current_revision(requirement).title, "priority": "must", "intent": "foundation"}
    return given | {"token": token} | values


def test_a_row_is_edited_where_it_stands() -> None:
    requirement = make_requirement()
    url = f"{LIST}{requirement.key}/row/?columns=priority"
    client = signed_in()
    assert b"data-editing" in client.get(url, headers=HTMX).content
    given = edit(requirement, title="Says no politely", priority="could", tags="a, b")
    row = client.post(url, given, headers=HTMX).content.decode()
    assert "Says no politely" in row
    assert ">could</a>" in row
    requirement.refresh_from_db()
    assert (requirement.priority, requirement.tags) == ("could", ["a", "b"])


def test_a_refusal_stands_beside_its_field_and_loses_nothing() -> None:
    requirement = make_requirement()
    given = edit(requirement, title="", target="Spring")
    page = signed_in().post(f"{LIST}{requirement.key}/row/", given, headers=HTMX).content.decode()
    assert "data-editing" in page
    assert "This field is required" in page
    assert 'value="Spring"' in page


def test_two_at_once_do_not_overwrite_each_other() -> None:
    requirement = make_requirement()
    mine = edit(requirement, priority="could")
    Requirement.objects.filter(pk=requirement.pk).update(intent="lead")
    client = signed_in()
    page = client.post(f"{LIST}{requirement.key}/row/", mine, headers=HTMX)
    assert "It says “Lead” now." in page.content.decode()
    requirement.refresh_from_db()
    assert requirement.priority == "must"
    again = mine | {"token": page.context["form"]["token"].value(), "intent": "lead"}
    client.post(f"{LIST}{requirement.key}/row/", again, headers=HTMX)
    requirement.refresh_from_db()
    assert (requirement.priority, requirement.intent) == ("could", "lead")


def test_a_stale_token_is_refused_by_the_service() -> None:
    with pytest.raises(EditedMeanwhile):
        save_row(
            actor=make_user("pm"), requirement=make_requirement(), token="old", values={"priority": "could"}
        )


def test_the_title_of_an_agreed_requirement_opens_a_revision_and_one_in_review_says_no() -> None:
    agreed = make_requirement(approved=True)
    client = signed_in()
    client.post(f"{LIST}{agreed.key}/row/", edit(agreed, title="In better words"), headers=HTMX)
    assert agreed.revisions.get(status="draft").title == "In better words"
    waiting = make_requirement(agreed.product, lifecycle="in_review")
    waiting.revisions.update(status="in_review")
    page = client.post(f"{LIST}{waiting.key}/row/", edit(waiting, title="New"), headers=HTMX)
    assert b"Send it back to draft" in page.content


def test_without_htmx_the_edit_page_does_it_and_a_viewer_may_not() -> None:
    requirement = make_requirement()
    url = f"{LIST}{requirement.key}/row/"
    assert signed_in().get(url)["Location"] == f"{LIST}{requirement.key}/edit/"
    viewer = signed_in(role=Role.VIEWER)
    assert viewer.get(url, headers=HTMX).status_code == 403
    page = viewer.get(f"{LIST}?sort=order").content.decode()
    assert not any(mark in page for mark in ("cell-edit", "data-handle", 'data-key="i"', 'id="bulk"'))


@pytest.mark.parametrize(
    ("where", "other", "order"),
    [
        ("top", None, [3, 1, 2, 4]),
        ("bottom", None, [1, 2, 4, 3]),
        ("up", None, [1, 3, 2, 4]),
        ("down", None, [1, 2, 4, 3]),
        ("before", 1, [3, 1, 2, 4]),
        ("after", 1, [1, 3, 2, 4]),
        ("after", 4, [1, 2, 4, 3]),
    ],
)
def test_a_move_puts_it_where_it_was_told(where: Where, other: int | None, order: list[int]) -> None:
    product = make_product()
    rows = {number: make_requirement(product) for number in range(1, 5)}
    for _ in range(2):
        moved = rows[3]
        move_requirement(
            actor=make_user("pm"),
            requirement=moved,
            where=where,
            other=rows[other] if other else None,
        )
        assert in_order(product) == order
        if where in {"up", "down"}:
            break


def test_many_moves_into_the_same_gap_keep_the_order() -> None:
    product = make_product()
    rows = [make_requirement(product) for _ in range(4)]
    actor = make_user("pm")
    for turn in range(30):
        move_requirement(actor=actor, requirement=rows[2 + turn % 2], where="after", other=rows[0])
        assert in_order(product)[:2] == [1, 3 + turn % 2]
    assert sorted(in_order(product)) == [1, 2, 3, 4]


def test_ends_stay_ends_and_another_product_is_refused() -> None:
    product = make_product()
    first, last = make_requirement(product), make_requirement(product)
    actor = make_user("pm")
    move_requirement(actor=actor, requirement=first, where="up")
    move_requirement(actor=actor, requirement=last, where="down")
    assert in_order(product) == [1, 2]
    with pytest.raises(Refused, match="same product"):
        move_requirement(actor=actor, requirement=first, where="after", other=make_requirement())


def test_order_is_offered_only_where_it_is_shown() -> None:
    make_requirement()
    client = signed_in()
    assert b"data-handle" in client.get(LIST, {"sort": "order"}).content
    for query in ({"sort": "order", "group": "intent"}, {"sort": "-order"}):
        page = client.get(LIST, query).content
        assert b"data-handle" not in page
        assert b"Rows are put in order where" in page


def test_page_and_api_move() -> None:
    product = make_product()
    first, second = make_requirement(product), make_requirement(product)
    signed_in().post(f"{LIST}{second.key}/move/", {"where": "before", "other": first.key})
    assert in_order(product) == [2, 1]
    caller = Caller("read", "write")
    assert caller.post(f"/requirements/{second.key}/move/", {"where": "bottom"}).status_code == 200
    assert in_order(product) == [1, 2]
    assert error_of(caller.post(f"/requirements/{second.key}/move/", {"where": "after"}))[0] == 422
