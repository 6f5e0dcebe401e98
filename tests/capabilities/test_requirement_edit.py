"""Writing a requirement: a draft in a minute, and two editors who notice each other."""

import threading

import pytest
from django.db import connection
from django.test import Client

from capabilities.models import Product, Requirement
from config.people.models import Role
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_product, make_requirement, make_revision
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
PLACE = {"kind": "llm", "intent": "lead", "priority": "must"}


def typed(client: Client, requirement: Requirement, **changed: str) -> dict[str, str]:
    """The edit form as the page gives it, with some words changed."""
    form = client.get(f"/requirements/{requirement.key}/edit/").context["form"]
    values = {field.name: field.value() for field in form}
    return {name: "" if value is None else str(value) for name, value in values.items()} | changed


def test_a_title_and_shall_make_a_draft() -> None:
    product = make_product()
    response = signed_in().post(
        "/requirements/new/", {**PLACE, "title": "  Reads   sarcasm ", "shall": "read sarcasm as meant"}
    )
    made = Requirement.objects.get()
    assert response["Location"] == f"/requirements/{made.key}/"
    assert (made.product, made.lifecycle, made.intent) == (product, "draft", "lead")
    assert made.revisions.get().title == "Reads sarcasm"


def test_pressed_twice_it_is_one_requirement() -> None:
    make_product()
    client = signed_in()
    data = {**PLACE, "title": "Reads sarcasm", "shall": "read sarcasm as meant"}
    first, second = client.post("/requirements/new/", data), client.post("/requirements/new/", data)
    assert first["Location"] == second["Location"]
    assert Requirement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_at_the_same_moment_it_is_one_requirement() -> None:
    make_product()
    client = signed_in()
    data = {**PLACE, "title": "Reads sarcasm", "shall": "read sarcasm as meant"}
    together = threading.Barrier(2)

    def press() -> None:
        together.wait()
        client.post("/requirements/new/", data)
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Requirement.objects.count() == 1


def test_what_is_missing_is_said_and_the_words_are_kept() -> None:
    make_product()
    response = signed_in().post(
        "/requirements/new/", {**PLACE, "title": "", "shall": "read sarcasm as meant"}
    )
    assert response.status_code == 422
    assert b"read sarcasm as meant" in response.content
    assert not Requirement.objects.exists()


def test_the_link_fills_the_form_and_unclear_words_are_pointed_at() -> None:
    make_product()
    client = signed_in()
    page = client.get("/requirements/new/", {"title": "From a discovery", "kind": "asr"}).content.decode()
    assert "From a discovery" in page
    part = client.get("/requirements/new/preview/", {"shall": "answer quickly"}).content.decode()
    assert "can be read in many ways" in part


def test_a_viewer_may_not_write() -> None:
    requirement = make_requirement()
    client = signed_in(role=Role.VIEWER)
    assert client.get("/requirements/new/").status_code == 403
    assert client.get(f"/requirements/{requirement.key}/edit/").status_code == 403


def test_a_place_in_another_product_is_no_choice() -> None:
    make_product(key="A")
    foreign = make_product(key="B").capabilities.create(slug="x", name="X")
    response = signed_in().post(
        "/requirements/new/", {**PLACE, "title": "T", "shall": "S s s", "capability": str(foreign.pk)}
    )
    assert response.status_code == 422


def test_editing_an_approved_requirement_opens_a_draft_and_leaves_it_agreed() -> None:
    requirement = make_requirement(approved=True, criteria=[{}])
    client = signed_in()
    client.post(f"/requirements/{requirement.key}/edit/", typed(client, requirement, shall="say it better"))
    requirement.refresh_from_db()
    assert requirement.lifecycle == "approved"
    assert requirement.revisions.get(status="draft").shall == "say it better"
    assert requirement.revisions.get(status="draft").criteria.count() == 1


def test_changing_the_place_alone_opens_no_revision() -> None:
    requirement = make_requirement(approved=True)
    client = signed_in()
    client.post(
        f"/requirements/{requirement.key}/edit/", typed(client, requirement, intent="lead", tags="a, b, a")
    )
    requirement.refresh_from_db()
    assert (requirement.intent, requirement.tags) == ("lead", ["a", "b"])
    assert requirement.revisions.count() == 1


def test_the_second_editor_sees_both_texts_and_loses_nothing() -> None:
    requirement = make_requirement(revision={"shall": "give three keywords"})
    one, two = signed_in(), signed_in()
    first = typed(one, requirement, shall="give four keywords")
    second = typed(two, requirement, shall="give five keywords")
    url = f"/requirements/{requirement.key}/edit/"
    assert one.post(url, first).status_code == 302
    clash = two.post(url, second)
    page = clash.content.decode()
    assert clash.status_code == 409
    assert requirement.revisions.get().shall == "give four keywords"
    assert "<del> four</del><ins> five</ins>" in page
    again = second | {
        name: str(clash.context["form"][name].value()) for name in ("base_number", "base_count", "base")
    }
    assert two.post(url, again).status_code == 302
    assert requirement.revisions.get().shall == "give five keywords"


def test_a_text_agreed_meanwhile_is_not_written_over() -> None:
    requirement = make_requirement(approved=True, revision={"shall": "give three keywords"})
    client = signed_in()
    mine = typed(client, requirement, shall="give five keywords")
    make_revision(requirement, shall="give four keywords", approved=True)
    assert client.post(f"/requirements/{requirement.key}/edit/", mine).status_code == 409
    assert not requirement.revisions.filter(status="draft").exists()


def test_a_revision_in_review_is_sent_back_before_it_is_edited() -> None:
    requirement = make_requirement(criteria=[{}])
    client = signed_in()
    mine = typed(client, requirement, shall="give five keywords")
    client.post(f"/requirements/{requirement.key}/submit/")
    response = client.post(f"/requirements/{requirement.key}/edit/", mine)
    assert response.status_code == 422
    assert b"Send it back to draft" in response.content
    assert b"give five keywords" in response.content


def test_a_restricted_product_cannot_be_written_by_strangers() -> None:
    requirement = make_requirement(make_product(restricted=True))
    client = signed_in(make_user())
    assert client.get(f"/requirements/{requirement.key}/edit/").status_code == 404
    assert client.get("/requirements/new/").status_code == 404
    assert Product.objects.count() == 1
