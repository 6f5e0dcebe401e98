from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from config.people.models import Role
from evaluations.models import Model, ModelEvent, ModelVersion, Price
from tests.factories.evaluations import (
    make_finished_run,
    make_model,
    make_model_version,
    make_price,
    make_provider,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
LIST = "/models/"
VERSION = {"name": "v9", "rule_set": '{"rows": [], "default": "yes"}'}


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(Role.RESEARCHER))
    return client


def text(response) -> str:
    return str(response.content.decode())


def test_a_model_is_listed_with_its_newest_version_price_and_shutdown(researcher):
    soon = timezone.now().date() + timedelta(days=10)
    version = make_model_version(slug="acme", name="2026-11", floating=True, shutdown_on=soon)
    make_price(version, "output", "2.5")
    page = text(researcher.get(LIST))
    assert all(words in page for words in ("acme", "2026-11", "floating", "$2.50", "soon"))


def test_the_list_narrows_to_kind_side_and_stage(researcher):
    make_model_version(slug="ours", kind="llm", side="own")
    make_model_version(slug="theirs", kind="ml", side="competitor")
    page = text(researcher.get(LIST, {"side": "competitor", "kind": "ml", "stage": "candidate"}))
    assert "/models/theirs/" in page
    assert "/models/ours/" not in page


def test_an_empty_list_offers_to_make_the_first_model(researcher):
    assert "/models/new/" in text(researcher.get(LIST))


def test_a_viewer_reads_models_and_makes_none(client):
    client.force_login(make_user(Role.VIEWER))
    version = make_model_version(slug="acme")
    assert client.get("/models/acme/").status_code == 200
    assert client.get("/models/new/").status_code == 403
    assert client.post(f"/models/acme/versions/{version.pk}/stage/", {"stage": "retired"}).status_code == 403


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get(LIST).status_code == 302


def test_a_new_model_takes_its_short_name_from_its_name(researcher):
    data = {"name": "Acme Large", "kind": "llm", "side": "competitor"}
    response = researcher.post("/models/new/", data)
    assert response.url == "/models/acme-large/versions/new/"
    assert Model.objects.get(slug="acme-large").side == "competitor"


def test_a_taken_short_name_keeps_the_words_and_says_so(researcher):
    make_model(slug="acme")
    response = researcher.post(
        "/models/new/", {"name": "Acme", "kind": "llm", "side": "own", "vendor": "Acme Inc"}
    )
    assert response.status_code == 422
    assert "is taken" in text(response)
    assert "Acme Inc" in text(response)


def test_a_version_is_registered_from_the_form(researcher):
    make_model(slug="rules-one", provider=make_provider("rules"))
    researcher.post("/models/rules-one/versions/new/", VERSION | {"released_on": "2026-01-02"})
    version = ModelVersion.objects.get(name="v9")
    assert version.parameters == {"rule_set": {"rows": [], "default": "yes"}}
    assert version.released_on == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("rule_set", "{", "This is not JSON"),
        ("rule_set", '{"rows": []}', "needs a &quot;default&quot;"),
        ("name", "a@b", "has no @"),
    ],
)
def test_a_version_that_cannot_be_is_refused_in_a_sentence(researcher, field, value, sentence):
    make_model(slug="rules-one", provider=make_provider("rules"))
    response = researcher.post("/models/rules-one/versions/new/", VERSION | {field: value})
    assert response.status_code == 422
    assert sentence in text(response)
    assert not ModelVersion.objects.exists()


def test_the_profile_shows_the_latest_score_with_its_range(researcher):
    run = make_finished_run([1.0, 1.0, 0.0, 1.0], model_version=make_model_version(slug="acme"))
    page = text(researcher.get("/models/acme/"))
    assert "75.0" in page
    assert "n 4" in page
    assert f"Run {run.pk}" in page


def test_the_profile_says_what_changed_under_us(researcher):
    version = make_model_version(slug="acme")
    ModelEvent.objects.create(model_version=version, kind="resolved", before="acme-1", after="acme-2")
    assert "acme-1 → acme-2" in text(researcher.get("/models/acme/"))


def test_a_stage_that_does_not_follow_is_refused_with_the_way(researcher):
    version = make_model_version(slug="acme", stage="retired")
    url = f"/models/acme/versions/{version.pk}/stage/"
    response = researcher.post(url, {"stage": "released"}, follow=True)
    assert "it can become nothing else" in text(response)


def test_a_price_counts_from_a_day_on(researcher):
    version = make_model_version(slug="acme")
    data = {"unit": "input", "amount": "0.25", "currency": "EUR", "from_date": "2026-02-01"}
    researcher.post(f"/models/acme/versions/{version.pk}/price/", data)
    assert str(Price.objects.get()) == "0.250000 EUR per million tokens in"


def test_the_number_of_queries_does_not_grow(researcher, django_assert_max_num_queries):
    for _ in range(2):
        make_finished_run(model_version=make_model_version())
    with django_assert_max_num_queries(20) as few:
        researcher.get(LIST)
    for _ in range(5):
        make_finished_run(model_version=make_model_version())
    with django_assert_max_num_queries(len(few)):
        researcher.get(LIST)


def test_the_profile_asks_as_often_for_many_evaluations(researcher, django_assert_max_num_queries):
    version = make_model_version(slug="acme")
    make_finished_run(model_version=version)
    with django_assert_max_num_queries(30) as few:
        researcher.get("/models/acme/")
    for _ in range(4):
        make_finished_run(model_version=version)
    with django_assert_max_num_queries(len(few)):
        researcher.get("/models/acme/")
