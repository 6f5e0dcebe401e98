"""Lists kept under a name: private or shared, and only of products one may see."""

from urllib.parse import parse_qs

import pytest
from django.core.exceptions import ValidationError

from config.errors import Refused
from config.people.models import Role, SavedView, User
from config.people.services.saved_views import change_view, place_view, save_view
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_membership, make_product, make_requirement
from tests.factories.evaluations import make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
LIST = "/requirements/"


def keep(
    owner: User, product: str, name: str = "Misses", query: str = "verdict=not_met", **more: bool
) -> SavedView:
    return save_view(actor=owner, page="requirements", product=product, name=name, query=query, **more)


def test_only_parameters_the_page_knows_are_kept() -> None:
    view = keep(make_user(), "VA", query="?verdict=not_met,met&page=4&evil=1&columns=gap&view=3&sort=")
    assert view.query == "verdict=not_met,met&columns=gap"


def test_too_long_a_query_and_an_unknown_page_are_refused() -> None:
    with pytest.raises(ValidationError, match="too many filters"):
        keep(make_user(), "VA", query=f"q={'x' * 3000}")
    with pytest.raises(ValidationError, match="Views are kept of"):
        save_view(actor=make_user(), page="moon", product="", name="x", query="")


@pytest.mark.parametrize(
    ("url", "page", "query"),
    [
        ("/runs/", "runs", "state=done&evaluation=e&model=m&origin=push"),
        ("/models/", "models", "q=a&kind=llm&side=ours&provider=p&stage=released"),
    ],
)
def test_runs_and_models_are_kept_as_views_with_all_their_filters(url: str, page: str, query: str) -> None:
    owner = make_user("pm")
    view = save_view(actor=owner, page=page, product="", name="Weekly look", query=query, shared=True)
    assert view.query == query
    shown = signed_in().get(f"{url}?{query}&view={view.pk}").content.decode()
    assert 'aria-current="true" title="Shared' in shown and "Weekly look" in shown
    assert "Save view" in signed_in().get(f"{url}?{query.split('&')[0]}").content.decode()


def test_the_matrix_is_kept_as_a_view_with_its_columns() -> None:
    version = make_model_version()
    product = make_product(subjects=[version.model])
    make_requirement(product)
    query = f"intent=lead&sort=gap&column={version.label}&column=other@1"
    view = save_view(
        actor=make_user(), page="coverage", product=product.key, name="Leads", query=query, shared=True
    )
    assert parse_qs(view.query) == parse_qs(query)
    shown = signed_in().get(f"/coverage/?{view.query}&view={view.pk}").content.decode()
    assert "Leads" in shown and "Save view" not in shown


def test_a_name_is_used_once_by_one_person() -> None:
    owner = make_user()
    keep(owner, "VA")
    keep(make_user(), "VA")
    with pytest.raises(ValidationError, match="of this name already"):
        keep(owner, "VA")


def test_a_private_view_is_seen_by_its_owner_alone_and_a_shared_one_by_all() -> None:
    product = make_product()
    make_requirement(product)
    owner, other = make_user("pm"), make_user("pm")
    keep(owner, product.key, "Mine alone")
    keep(owner, product.key, "For all of us", shared=True)
    assert b"Mine alone" in signed_in(owner).get(LIST).content
    page = signed_in(other).get(LIST).content
    assert b"Mine alone" not in page
    assert b"For all of us" in page


def test_a_shared_view_of_a_restricted_product_is_not_there_for_strangers() -> None:
    product = make_product(restricted=True)
    make_requirement(product)
    member = make_membership(product).user
    view = keep(member, product.key, "Hidden plan", shared=True)
    stranger = make_user("pm")
    assert b"Hidden plan" not in signed_in(stranger).get(LIST).content
    assert signed_in(stranger).post(f"/views/{view.pk}/", {"name": "x"}).status_code == 404
    assert Caller("read", user=stranger).get("/saved-views/").json()["results"] == []
    asked = {"page": "requirements", "product": product.key, "name": "x", "query": ""}
    assert signed_in(stranger).post("/views/", asked).status_code == 404


def test_only_the_owner_or_an_administrator_changes_a_shared_one() -> None:
    view = keep(make_user("pm"), "VA", shared=True)
    with pytest.raises(Refused, match="Only its owner"):
        change_view(actor=make_user("pm"), view=view, name="Mine")
    assert change_view(actor=make_user("admin"), view=view, name="Ours").name == "Ours"


def test_a_view_with_values_that_are_gone_still_opens() -> None:
    product = make_product()
    make_requirement(product)
    view = keep(
        make_user(), product.key, query="owner=nobody&objective=99&columns=moon,gap&sort=moon", shared=True
    )
    page = signed_in().get(f"{LIST}?{view.query}&view={view.pk}")
    assert page.status_code == 200
    assert b"No requirement matches" in page.content


def test_the_page_saves_renames_updates_places_and_deletes() -> None:
    product = make_product()
    make_requirement(product)
    owner = make_user(Role.VIEWER)
    client = signed_in(owner)
    asked = {"page": "requirements", "product": product.key, "query": "intent=lead", "name": "Leads"}
    assert client.post("/views/", asked)["Location"].startswith(f"{LIST}?intent=lead&view=")
    view = SavedView.objects.get()
    client.post(f"/views/{view.pk}/", {"deed": "save", "name": "Our leads", "shared": "1"})
    client.post(f"/views/{view.pk}/", {"deed": "update", "query": "intent=lead&sort=gap"})
    view.refresh_from_db()
    assert (view.name, view.shared, view.query) == ("Our leads", True, "intent=lead&sort=gap")
    keep(owner, product.key, "Second")
    client.post(f"/views/{view.pk}/", {"deed": "later"})
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Second", "Our leads"]
    client.post(f"/views/{view.pk}/", {"deed": "delete"})
    assert not SavedView.objects.filter(pk=view.pk).exists()


def test_the_palette_finds_views_by_name_and_opens_them_in_their_product() -> None:
    product, secret = make_product(), make_product(restricted=True)
    me, other = make_user(Role.VIEWER), make_user(Role.PM, first_name="Mia")
    mine = keep(me, product.key, "Speech misses")
    theirs = keep(other, product.key, "Misses in speech", shared=True)
    keep(other, product.key, "Private speech misses")
    keep(other, secret.key, "Secret speech misses", shared=True)
    client = signed_in(me)
    found = client.get("/search.json?q=speech+miss").json()["views"]
    assert found == [
        {
            "label": "Speech misses",
            "kind": f"View of requirements, {product.key}",
            "url": f"/requirements/?product={product.key}&verdict=not_met&view={mine.pk}",
        },
        {
            "label": "Misses in speech",
            "kind": f"View of requirements, {product.key}, by {other.shown_name}",
            "url": f"/requirements/?product={product.key}&verdict=not_met&view={theirs.pk}",
        },
    ]
    make_requirement(product)
    assert client.get(found[0]["url"]).context["views"].opened == mine
    assert client.get("/search.json?q=speech+hits").json()["views"] == []


def test_placing_keeps_every_view() -> None:
    owner = make_user()
    views = [keep(owner, "VA", name) for name in ("a", "b", "c")]
    place_view(actor=owner, view=views[2], step=-2)
    assert list(SavedView.objects.values_list("name", flat=True)) == ["c", "a", "b"]


def test_the_api_keeps_changes_and_forgets_views() -> None:
    product = make_product()
    caller = Caller("read", "write")
    made = caller.post(
        "/saved-views/",
        {"page": "requirements", "product": product.key, "name": "Gaps", "query": "gap=behind"},
    )
    assert made.status_code == 201, made.content
    path = f"/saved-views/{made.json()['id']}/"
    assert caller.patch(path, {"shared": True}).json()["shared"] is True
    assert caller.send("DELETE", path).status_code == 204
    assert caller.get(path).status_code == 404
