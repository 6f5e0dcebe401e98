import pytest

from config.people.models import AuditEntry, Role
from evaluations.models import Dataset
from evaluations.services.datasets import change_dataset, create_dataset
from tests.api_client import Caller, error_of
from tests.factories.evaluations import make_dataset_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
FACTS = {"name": "Reviews", "description": "From the **app**.", "origin": "App store", "licence": "CC BY 4.0"}


@pytest.fixture
def researcher(client):
    client.force_login(make_user(Role.RESEARCHER))
    return client


@pytest.fixture
def published() -> Dataset:
    return make_dataset_version(2, slug="reviews", purpose="test", may_leave=False).dataset


def text(reply) -> str:
    return " ".join(reply.content.decode().split())


def test_the_facts_are_changed_and_written_down(researcher, published) -> None:
    reply = researcher.post("/datasets/reviews/edit/", {**FACTS, "may_leave": "on"})
    assert reply.url == "/datasets/reviews/"
    published.refresh_from_db()
    assert {name: getattr(published, name) for name in FACTS} == FACTS
    assert (published.may_leave, published.purpose) == (True, "test")
    entry = AuditEntry.objects.get(verb="dataset.changed")
    assert (entry.label, entry.before["may_leave"], entry.after["may_leave"]) == ("reviews", False, True)
    assert "purpose" not in entry.after


def test_the_page_says_what_stands_and_why_the_purpose_stays(researcher, published) -> None:
    shown = text(researcher.get("/datasets/reviews/edit/"))
    assert f'value="{published.name}"' in shown
    assert "The purpose stays since a version is published" in shown
    assert "/datasets/reviews/edit/" in text(researcher.get("/datasets/reviews/"))


def test_a_posted_purpose_changes_nothing_on_the_page_of_a_published_one(researcher, published) -> None:
    researcher.post("/datasets/reviews/edit/", {**FACTS, "purpose": "dev"})
    published.refresh_from_db()
    assert (published.name, published.purpose) == ("Reviews", "test")


def test_an_empty_dataset_changes_its_purpose(researcher) -> None:
    create_dataset(actor=None, slug="new", name="New", purpose="test")
    assert researcher.post("/datasets/new/edit/", {**FACTS, "purpose": "dev"}).status_code == 302
    assert Dataset.objects.get(slug="new").purpose == "dev"


def test_test_cases_are_not_opened_by_another_purpose() -> None:
    draft = make_dataset_version(1, slug="draft", purpose="test", frozen=False)
    refused = Caller("read", "write").patch("/datasets/draft/", {"purpose": "dev"})
    assert error_of(refused) == (422, "purpose_stays")
    trial = make_dataset_version(1, slug="trial", purpose="dev", frozen=False)
    assert Caller("read", "write").patch("/datasets/trial/", {"purpose": "test"}).json()["purpose"] == "test"
    draft.dataset.refresh_from_db()
    assert (draft.dataset.purpose, trial.dataset.versions.count()) == ("test", 1)


def test_bad_input_keeps_the_words(researcher, published) -> None:
    reply = researcher.post("/datasets/reviews/edit/", {**FACTS, "name": "", "origin": "x" * 301})
    assert reply.status_code == 422
    assert "CC BY 4.0" in text(reply)
    assert not AuditEntry.objects.filter(verb="dataset.changed").exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_viewer_changes_nothing(client, published, method) -> None:
    client.force_login(make_user(Role.VIEWER))
    assert getattr(client, method)("/datasets/reviews/edit/").status_code == 403
    assert "/datasets/reviews/edit/" not in text(client.get("/datasets/reviews/"))


def test_one_that_is_not_there(researcher) -> None:
    assert researcher.get("/datasets/nothing/edit/").status_code == 404


def test_over_the_api(published) -> None:
    caller = Caller("read", "write")
    changed = caller.patch("/datasets/reviews/", {"licence": "MIT", "may_leave": True}).json()
    assert (changed["licence"], changed["may_leave"], changed["name"]) == ("MIT", True, published.name)
    refused = caller.patch("/datasets/reviews/", {"purpose": "dev", "licence": "none"})
    assert error_of(refused) == (422, "purpose_stays")
    assert "published" in refused.json()["error"]["message"]
    assert caller.get("/datasets/reviews/").json()["licence"] == "MIT"
    assert caller.patch("/datasets/reviews/", {"purpose": "test"}).status_code == 200
    assert error_of(caller.patch("/datasets/reviews/", {"slug": "other"}))[0] == 400
    assert error_of(caller.patch("/datasets/reviews/", {"name": ""}))[0] == 400


def test_saying_the_same_leaves_no_note(published) -> None:
    assert change_dataset(actor=None, dataset=published, name=published.name) == published
    assert not AuditEntry.objects.filter(verb="dataset.changed").exists()
