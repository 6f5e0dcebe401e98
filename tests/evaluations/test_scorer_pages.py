import pytest
from django.test import Client

from config.people.models import Role
from evaluations.models import ScorerVersion
from evaluations.scorers import all_scorers
from tests.factories.evaluations import make_scorer_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(Role.RESEARCHER))
    return client


def text(response) -> str:
    return str(response.content.decode())


def test_scorers_are_described_in_plain_words(researcher):
    make_scorer_version("exact", slug="right")
    page = text(researcher.get("/scorers/"))
    assert "The answer is the target, or one of several targets, word for word." in page
    assert "/scorers/right/" in page


@pytest.mark.parametrize("kind", sorted(all_scorers()))
def test_every_kind_has_a_form_drawn_from_its_settings(researcher, kind):
    page = text(researcher.get("/scorers/new/", {"kind": kind}))
    for name in all_scorers()[kind].config_schema.get("properties", {}):
        assert f'name="config_{name}"' in page


def test_only_what_was_set_is_kept(researcher):
    data = {"name": "Options", "config_choices": "yes\nno\n", "config_field": ""}
    researcher.post("/scorers/new/?kind=choice", data)
    assert ScorerVersion.objects.get().config == {"choices": ["yes", "no"]}


def test_a_box_that_is_on_by_default_can_be_switched_off(researcher):
    researcher.post("/scorers/new/?kind=exact", {"name": "Loose", "config_strip": "on"})
    assert ScorerVersion.objects.get().config == {"case_sensitive": False}


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        ("choice", {"config_choices": "only one"}, "must have at least 2 entries"),
        ("pattern", {"config_pattern": "("}, "config_pattern"),
        ("json_schema", {"config_schema": "[]"}, "Write a JSON object"),
    ],
)
def test_settings_that_cannot_be_are_explained(researcher, kind, data, sentence):
    response = researcher.post(f"/scorers/new/?kind={kind}", {"name": "One"} | data)
    assert response.status_code == 422
    assert sentence in text(response)
    assert not ScorerVersion.objects.exists()


def test_a_new_version_starts_from_the_newest(researcher):
    make_scorer_version("numeric", slug="number", config={"absolute": 0.5})
    assert 'value="0.5"' in text(researcher.get("/scorers/number/versions/new/"))
    data = {"config_absolute": "1.5", "config_relative": "0", "config_which": "last"}
    researcher.post("/scorers/number/versions/new/", data)
    assert ScorerVersion.objects.get(number=2).config == {"absolute": 1.5}


def test_a_kind_that_is_not_installed_is_shown_and_not_changed(researcher):
    make_scorer_version("from-a-package", slug="odd")
    assert "not installed here" in text(researcher.get("/scorers/odd/"))
    assert researcher.get("/scorers/odd/versions/new/").status_code == 404


def test_a_viewer_makes_no_scorer(client):
    client.force_login(make_user(Role.VIEWER))
    assert client.get("/scorers/").status_code == 200
    assert client.get("/scorers/new/").status_code == 403


def test_the_list_asks_as_often_for_many_scorers(researcher, django_assert_max_num_queries):
    make_scorer_version()
    with django_assert_max_num_queries(15) as few:
        researcher.get("/scorers/")
    for _ in range(5):
        make_scorer_version()
    with django_assert_max_num_queries(len(few)):
        researcher.get("/scorers/")
