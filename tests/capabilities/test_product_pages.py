"""Products: made in a minute, kept from strangers, their members, versions and rivals."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from capabilities.models import Membership, Product, RivalSet
from config.people.models import Role, User
from tests.factories.capabilities import make_membership, make_product, make_requirement, make_rival_set
from tests.factories.evaluations import make_model, make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
NEW = {"name": "Aria assistant", "key": "va", "description": "", "approvals_required": 0}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def pm() -> User:
    return make_user(Role.PM)


def settings(product: Product, **changes: Any) -> dict[str, Any]:
    fields = {"name": product.name, "description": "", "approvals_required": 0, "evidence_max_age_days": 30}
    return fields | changes


def test_a_first_product_leads_on_to_a_requirement_and_to_measuring(pm: User) -> None:
    client = signed_in(pm)
    assert "/products/new/" in client.get("/products/").text
    response = client.post("/products/new/", NEW, follow=True)
    assert Product.objects.get().key == "VA"
    assert Membership.objects.get().user == pm
    assert "/requirements/new/?product=VA" in response.text
    assert "/measure/?product=VA" in response.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"key": "9A"}, "starts with a letter"),
        ({"key": "TAKEN"}, "This key is taken"),
        ({"name": ""}, "This field is required"),
        ({"approvals_required": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_is_wrong_is_said_and_the_words_stay(pm: User, changes: dict[str, Any], sentence: str) -> None:
    make_product(key="TAKEN")
    response = signed_in(pm).post("/products/new/", NEW | {"description": "Kept words"} | changes)
    assert response.status_code == 422
    assert sentence in response.text
    assert "Kept words" in response.text
    assert Product.objects.count() == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RESEARCHER])
def test_only_product_managers_make_products(role: str) -> None:
    assert signed_in(make_user(role)).get("/products/new/").status_code == 403


@pytest.mark.parametrize("path", ["", "versions/", "members/", "rivals/", "switch/"])
def test_a_restricted_product_is_not_there_for_strangers(pm: User, path: str) -> None:
    product = make_product(key="SE", name="The secret one", restricted=True)
    client = signed_in(pm)
    assert client.post(f"/products/SE/{path}", settings(product)).status_code == 404
    assert "The secret one" not in client.get("/products/").text
    make_membership(product, pm, Role.VIEWER)
    assert client.get("/products/SE/").status_code == 200
    assert "The secret one" in client.get("/products/").text


@pytest.mark.parametrize("path", ["", "versions/", "members/", "rivals/"])
def test_a_viewer_of_the_product_changes_nothing(pm: User, path: str) -> None:
    product = make_product(key="VA")
    make_membership(product, pm, Role.VIEWER)
    response = signed_in(pm).post(f"/products/VA/{path}", settings(product, name="Changed"))
    assert response.status_code == 403
    assert Product.objects.get().name != "Changed"


def test_a_viewer_of_the_site_may_be_product_manager_of_one_product() -> None:
    viewer = make_user(Role.VIEWER)
    product = make_product(key="VA")
    make_membership(product, viewer, Role.PM)
    signed_in(viewer).post("/products/VA/", settings(product, name="Changed"))
    assert Product.objects.get().name == "Changed"


def test_settings_are_saved(pm: User) -> None:
    product, model = make_product(key="VA"), make_model()
    fields = settings(product, approvals_required=2, evidence_max_age_days=7, subject_models=[model.pk])
    assert signed_in(pm).post("/products/VA/", fields).status_code == 302
    product.refresh_from_db()
    assert (product.approvals_required, product.evidence_max_age_days) == (2, 7)
    assert product.subject_models.get() == model


def test_nobody_locks_themselves_out(pm: User) -> None:
    product = make_product(key="VA")
    client = signed_in(pm)
    response = client.post("/products/VA/", settings(product, restricted="on"))
    assert response.status_code == 422
    assert "Make yourself a member first" in response.text
    make_membership(product, pm)
    client.post("/products/VA/", settings(product, restricted="on"))
    assert Product.objects.get().restricted


def test_only_our_versions_can_be_released(pm: User) -> None:
    make_product(key="VA")
    ours, theirs = make_model_version(), make_model_version(side="competitor")
    client = signed_in(pm)
    client.post("/products/VA/versions/", {"candidate": ours.pk, "released": theirs.pk})
    assert Product.objects.get().candidate_version is None
    client.post("/products/VA/versions/", {"candidate": ours.pk, "released": ""})
    assert Product.objects.get().candidate_version == ours


def test_members_come_and_go(pm: User) -> None:
    make_product(key="VA")
    other, client = make_user(Role.VIEWER), signed_in(pm)
    client.post("/products/VA/members/", {"user": other.pk, "role": Role.RESEARCHER})
    assert Membership.objects.get().role == Role.RESEARCHER
    client.post("/products/VA/members/", {"user": other.pk, "role": ""})
    assert Membership.objects.count() == 0


def test_nobody_gives_or_takes_a_role_above_their_own(pm: User) -> None:
    product = make_product(key="VA")
    above = make_membership(product, make_user(Role.VIEWER), Role.ADMIN)
    client = signed_in(pm)
    given = client.post("/products/VA/members/", {"user": pm.pk, "role": Role.ADMIN})
    taken = client.post("/products/VA/members/", {"user": above.user_id, "role": ""})
    assert (given.status_code, taken.status_code) == (403, 403)
    assert Membership.objects.get() == above


@pytest.mark.parametrize("nobody", ["", "x", "999999"])
def test_without_a_person_one_is_asked_to_choose(pm: User, nobody: str) -> None:
    make_product(key="VA")
    page = signed_in(pm).post("/products/VA/members/", {"user": nobody, "role": Role.VIEWER}, follow=True)
    assert "Choose a person." in page.content.decode()
    assert not Membership.objects.exists()


def test_the_next_rival_set_is_numbered_and_the_first_stays(pm: User) -> None:
    product = make_product(key="VA")
    first = make_rival_set(product)
    rival, ours = make_model(side="competitor"), make_model()
    client = signed_in(pm)
    client.post("/products/VA/rivals/", {"models": [ours.pk]})
    client.post("/products/VA/rivals/", {"models": [rival.pk], "note": "Autumn"})
    assert list(RivalSet.objects.values_list("number", "note").order_by("number")) == [(1, ""), (2, "Autumn")]
    assert rival not in first.rivals.all()


def test_switching_stands_in_another_product_and_stays_on_the_site(pm: User) -> None:
    make_product(key="VA")
    make_product(key="VB")
    client = signed_in(pm)
    assert client.post("/products/VB/switch/", {"next": "https://evil.test/"})["Location"] == "/"
    assert client.session["product"] == "VB"


def test_the_list_costs_the_same_however_many_there_are(
    pm: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = signed_in(pm)
    for _ in range(2):
        for _ in range(4):
            product = make_product(candidate_version=make_model_version())
            make_requirement(product)
            make_membership(product)
        with django_assert_max_num_queries(8):
            client.get("/products/")
