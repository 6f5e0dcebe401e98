import pytest
from django.test import Client

from config.people.models import Role
from evaluations.models import Prompt, PromptVersion
from tests.factories.evaluations import make_evaluation_version, make_prompt_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(Role.RESEARCHER))
    return client


def text(response) -> str:
    return str(response.content.decode())


def said(words: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": words}]


def test_an_empty_list_offers_the_first_prompt(researcher):
    assert "/prompts/new/" in text(researcher.get("/prompts/"))


def test_a_prompt_is_written_with_slots_and_a_schema(researcher):
    data = {
        "name": "Analyse reviews",
        "system": "You are exact.",
        "message": "Rate {{input}}",
        "output_schema": '{"type": "object"}',
    }
    response = researcher.post("/prompts/new/", data)
    version = PromptVersion.objects.get()
    assert response.url == "/prompts/analyse-reviews/"
    assert [message["role"] for message in version.messages] == ["system", "user"]
    assert "{{input}}" in text(researcher.get(response.url))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("message", "Rate {{my input}}", "is not a slot"),
        ("message", "", "Say what is asked"),
        ("output_schema", "{", "This is not JSON"),
        ("messages", '[{"role": "user", "content": "x"}]', "not both"),
    ],
)
def test_words_that_cannot_be_asked_are_kept_and_explained(researcher, field, value, sentence):
    data = {"name": "One", "system": "Keep these words", "message": "Rate {{input}}"} | {field: value}
    response = researcher.post("/prompts/new/", data)
    assert response.status_code == 422
    assert sentence in text(response)
    assert "Keep these words" in text(response)
    assert not Prompt.objects.exists()


def test_a_new_version_starts_from_the_newest_and_the_same_words_make_none(researcher):
    make_prompt_version(said("Rate {{input}}"), slug="rate")
    assert "Rate {{input}}" in text(researcher.get("/prompts/rate/versions/new/"))
    response = researcher.post("/prompts/rate/versions/new/", {"message": "Rate {{input}}"}, follow=True)
    assert "Nothing differs from version 1" in text(response)
    researcher.post("/prompts/rate/versions/new/", {"message": "Rate {{input}} from 1 to 5"})
    assert PromptVersion.objects.count() == 2


def test_two_versions_are_set_side_by_side_word_by_word(researcher):
    make_prompt_version(said("Rate the review"), slug="rate")
    make_prompt_version(said("Rate the whole review"), slug="rate")
    page = text(researcher.get("/prompts/rate/", {"version": 2, "against": 1}))
    assert "<ins> whole</ins>" in page


def test_the_page_says_where_a_prompt_is_used(researcher):
    version = make_prompt_version(slug="rate")
    make_evaluation_version(slug="reviews", prompt_version=version)
    assert "/evaluations/reviews/" in text(researcher.get("/prompts/rate/"))


def test_a_viewer_writes_no_prompt(client):
    client.force_login(make_user(Role.VIEWER))
    make_prompt_version(slug="rate")
    assert client.get("/prompts/rate/").status_code == 200
    assert client.get("/prompts/new/").status_code == 403
    assert client.post("/prompts/rate/versions/new/", {"message": "x"}).status_code == 403


def test_the_list_asks_as_often_for_many_prompts(researcher, django_assert_max_num_queries):
    make_prompt_version()
    with django_assert_max_num_queries(15) as few:
        researcher.get("/prompts/")
    for _ in range(5):
        make_prompt_version()
    with django_assert_max_num_queries(len(few)):
        researcher.get("/prompts/")
