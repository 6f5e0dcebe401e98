"""The capability tree as an outline, and the objectives as a board: every move, and what is refused."""

from typing import Any

import pytest

from capabilities.models import Capability, Objective, Product
from capabilities.queries.capability_outline import outline
from capabilities.queries.objective_board import board
from capabilities.queries.products import judged_versions
from capabilities.services.capabilities import create_capability
from capabilities.services.capability_tree import merge_capabilities, place_capability, step_capability
from capabilities.services.objective_order import place_objective, step_objective
from config.errors import Refused
from config.people.models import AuditEntry, Role, User
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_capability, make_criterion, make_product, make_requirement
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def product() -> Product:
    return make_product(key="VA")


@pytest.fixture
def pm() -> User:
    return make_user(Role.PM)


def grow(product: Product, *names: str, under: Capability | None = None) -> list[Capability]:
    return [
        make_capability(product, slug=name, name=name.title(), parent=under, position=number)
        for number, name in enumerate(names)
    ]


def shape(product: Product) -> list[str]:
    """The outline, a dash for each level below the top."""
    return ["-" * (line.level - 1) + line.capability.slug for line in outline(product)]


@pytest.mark.parametrize(
    ("name", "to", "expected"),
    [
        ("b", "up", ["b", "a", "c", "-d"]),
        ("b", "down", ["a", "c", "-d", "b"]),
        ("b", "in", ["a", "-b", "c", "-d"]),
        ("d", "out", ["a", "b", "c", "d"]),
    ],
)
def test_an_ability_moves_one_step(
    product: Product, pm: User, name: str, to: str, expected: list[str]
) -> None:
    *_, last = grow(product, "a", "b", "c")
    grow(product, "d", under=last)
    step_capability(actor=pm, capability=Capability.objects.get(slug=name), to=to)
    assert shape(product) == expected
    assert AuditEntry.objects.get(verb="capability.moved").before["parent"] == (
        last.pk if name == "d" else None
    )


@pytest.mark.parametrize(("name", "to"), [("a", "up"), ("a", "in"), ("b", "down"), ("a", "out")])
def test_a_step_past_an_end_is_refused(product: Product, pm: User, name: str, to: str) -> None:
    grow(product, "a", "b")
    with pytest.raises(Refused, match="already"):
        step_capability(actor=pm, capability=Capability.objects.get(slug=name), to=to)


def test_circles_and_more_than_five_levels_are_refused(product: Product, pm: User) -> None:
    top = grow(product, "level-1")[0]
    deepest = top
    for level in range(2, 6):
        deepest = make_capability(product, slug=f"level-{level}", parent=deepest)
    with pytest.raises(Refused, match="under itself"):
        place_capability(actor=pm, capability=top, parent=deepest)
    other = make_capability(product, slug="other", position=5)
    with pytest.raises(Refused, match="levels deep"):
        place_capability(actor=pm, capability=other, parent=deepest)
    with pytest.raises(Refused, match="levels deep"):
        create_capability(actor=pm, product=product, name="Six", slug="six", parent=deepest)


def test_a_merge_moves_requirements_and_abilities_and_says_so(product: Product, pm: User) -> None:
    gone, kept = grow(product, "gone", "kept")
    grow(product, "child", under=gone)
    requirement = make_requirement(product, capability=gone)
    client = signed_in(pm)
    preview = client.get("/capabilities/gone/merge/?into=kept").text
    assert requirement.key in preview and "Child with all under it" in preview
    client.post("/capabilities/gone/merge/", {"into": "kept"})
    requirement.refresh_from_db()
    assert (shape(product), requirement.capability) == (["kept", "-child"], kept)
    assert AuditEntry.objects.get(verb="capability.merged").after["requirements"] == [requirement.key]


def test_an_ability_is_not_merged_into_what_is_under_it(product: Product, pm: User) -> None:
    top = grow(product, "top")[0]
    below = grow(product, "below", under=top)[0]
    with pytest.raises(Refused, match="cannot be merged"):
        merge_capabilities(actor=pm, capability=top, into=below)


def test_what_somebody_took_away_meanwhile_is_said(product: Product, pm: User) -> None:
    a, b = grow(product, "a", "b")
    Capability.objects.filter(pk=b.pk).delete()
    with pytest.raises(Refused, match="Reload"):
        place_capability(actor=pm, capability=b, parent=a)


@pytest.mark.parametrize(
    ("place", "expected"),
    [("before", ["c", "a", "b"]), ("after", ["a", "c", "b"]), ("inside", ["a", "-c", "b"])],
)
def test_an_ability_is_dropped_beside_or_inside_another(
    product: Product, pm: User, place: str, expected: list[str]
) -> None:
    grow(product, "a", "b", "c")
    reply = signed_in(pm).post(
        "/capabilities/tree/place/", {"item": "c", "target": "a", "place": place}, **HTMX
    )
    assert (reply.status_code, shape(product)) == (200, expected)
    assert reply.text.lstrip().startswith('<div id="outline"') or 'id="outline"' in reply.text


def test_an_ability_is_added_and_renamed_in_place(product: Product, pm: User) -> None:
    client = signed_in(pm)
    client.post("/capabilities/tree/add/", {"name": "Voice"})
    client.post("/capabilities/tree/add/", {"name": "Tone", "under": "voice"})
    client.post("/capabilities/voice/rename/", {"name": "Speech"})
    assert shape(product) == ["voice", "-tone"]
    assert Capability.objects.get(slug="voice").name == "Speech"
    assert AuditEntry.objects.get(verb="capability.changed").before["name"] == "Voice"
    assert "levels deep" not in client.post("/capabilities/tree/add/", {"name": ""}, **HTMX).text


def test_the_outline_says_why_an_ability_stays(product: Product, pm: User) -> None:
    make_requirement(product, capability=grow(product, "a")[0])
    assert "Cannot be removed: 1 requirement under it" in signed_in(pm).get("/capabilities/tree/").text


def test_a_viewer_sees_the_outline_and_changes_nothing(product: Product) -> None:
    grow(product, "a", "b")
    client = signed_in(make_user(Role.VIEWER))
    assert "Rename" not in client.get("/capabilities/tree/").text
    assert client.post("/capabilities/tree/place/", {"item": "b", "to": "up"}).status_code == 403
    assert shape(product) == ["a", "b"]


def test_the_outline_costs_two_queries_however_large(product: Product, query_count: Any) -> None:
    for number in range(3):
        grow(product, f"n{number}-a", f"n{number}-b")
        with query_count(2):
            outline(product)


def test_the_api_moves_and_merges(product: Product, pm: User) -> None:
    a, b = grow(product, "a", "b")
    client = Caller("read", "write", user=pm)
    assert client.post(f"/capabilities/{b.pk}/place/", {"parent": "a"}).status_code == 200
    assert shape(product) == ["a", "-b"]
    reply = client.post(f"/capabilities/{a.pk}/place/", {"parent": "b"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "cycle")
    client.post(f"/capabilities/{b.pk}/merge/", {"into": "a"})
    assert shape(product) == ["a"]


def plan(product: Product, **columns: list[str]) -> None:
    for horizon, titles in columns.items():
        for number, title in enumerate(titles):
            Objective.objects.create(product=product, title=title, horizon=horizon, position=number)


def columns(product: Product) -> dict[str, list[str]]:
    return {
        column.horizon: [aim.objective.title for aim in column.aims]
        for column in board(product, judged_versions(product))
    }


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("up", {"now": ["A"], "next": ["C", "B"], "later": []}),
        ("sooner", {"now": ["A", "C"], "next": ["B"], "later": []}),
        ("later", {"now": ["A"], "next": ["B"], "later": ["C"]}),
    ],
)
def test_an_objective_moves_one_step(
    product: Product, pm: User, to: str, expected: dict[str, list[str]]
) -> None:
    plan(product, now=["A"], next=["B", "C"])
    step_objective(actor=pm, objective=Objective.objects.get(title="C"), to=to)
    assert columns(product) == expected
    assert AuditEntry.objects.get(verb="objective.moved").before == {"horizon": "next", "position": 1}


def test_an_objective_does_not_leave_the_board(product: Product, pm: User) -> None:
    plan(product, now=["A"])
    with pytest.raises(Refused, match="sooner"):
        step_objective(actor=pm, objective=Objective.objects.get(), to="sooner")
    with pytest.raises(Refused, match="first"):
        step_objective(actor=pm, objective=Objective.objects.get(), to="up")


def test_an_objective_is_dropped_before_another_or_into_a_column(product: Product, pm: User) -> None:
    plan(product, now=["A"], later=["B", "C"])
    client, ids = signed_in(pm), {one.title: one.pk for one in Objective.objects.all()}
    client.post("/objectives/place/", {"item": ids["C"], "target": ids["A"], "place": "before"}, **HTMX)
    client.post("/objectives/place/", {"item": ids["B"], "target": "next", "place": "last"})
    assert columns(product) == {"now": ["C", "A"], "next": ["B"], "later": []}
    place_objective(actor=pm, objective=Objective.objects.get(title="C"), horizon="now")
    assert columns(product)["now"] == ["A", "C"]


def test_a_card_says_what_would_settle_what_holds_it_back(product: Product, pm: User) -> None:
    plan(product, now=["A"])
    asked = make_requirement(product, objective=Objective.objects.get(), owner=pm)
    empty = make_requirement(product, objective=Objective.objects.get())
    make_criterion(asked.revisions.get())
    page = signed_in(pm).get("/objectives/").text
    assert "add a criterion" in page and "No evaluation is its evidence" in page
    assert empty.key in page and f"Owned by {pm.shown_name}" in page


def test_the_api_places_an_objective(product: Product, pm: User) -> None:
    plan(product, now=["A"], next=["B"])
    first, second = Objective.objects.order_by("title")
    client = Caller("read", "write", user=pm)
    body = {"horizon": "now", "before": first.pk}
    assert client.post(f"/objectives/{second.pk}/place/", body).status_code == 200
    assert columns(product)["now"] == ["B", "A"]
    assert client.post(f"/objectives/{first.pk}/place/", {"horizon": "never"}).status_code == 400
