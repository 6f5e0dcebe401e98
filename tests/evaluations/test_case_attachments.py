"""A case written by hand takes pictures, sounds and video along; what is refused loses nothing that was typed or attached."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config.people.models import Role
from evaluations.models import DatasetVersion
from tests.api_client import Caller, error_of
from tests.factories.evaluations import make_dataset_version
from tests.factories.media import make_media, mp4, picture, wav
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
NEW = "/datasets/d/v1/cases/new/"


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(Role.RESEARCHER, may_read_test=True))
    return client


def draft(*attachments: str) -> DatasetVersion:
    case = {"key": "a", "input": "What is it?", "attachments": list(attachments)}
    return make_dataset_version([case], slug="d", frozen=False, purpose="test")


def upload(data: bytes, name: str = "chart.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def tokens(page: str) -> list[str]:
    return re.findall(r'name="attached" value="([^"]+)"', page)


def attached(version: DatasetVersion, key: str) -> list[str]:
    return list(version.entries.get(key=key).case.attachments)


def test_a_refused_file_is_named_and_what_was_typed_and_attached_stays(researcher) -> None:
    version = draft()
    sent = {"key": "b", "input": "Kept as typed", "attach": [upload(picture()), upload(b"<svg/>", "x.svg")]}
    refused = researcher.post(NEW, sent)
    page = refused.content.decode()
    assert refused.status_code == 422 and "Kept as typed" in page
    assert "“x.svg”: This is none of the kinds that are kept" in page
    [token] = tokens(page)
    assert not version.entries.filter(key="b").exists()
    more = {
        "key": "b",
        "input": "Kept as typed",
        "attached": [token],
        "attach": [upload(wav()), upload(mp4())],
    }
    assert researcher.post(NEW, more).status_code == 302
    assert attached(version, "b")[0] == token.split(":")[0]
    assert len(attached(version, "b")) == 3


def test_a_look_shows_it_to_whoever_attached_it_alone_and_saves_nothing(researcher) -> None:
    version = draft()
    sent = {"input": "What is it?", "attach": [upload(picture())], "look": "yes"}
    looked = researcher.post(NEW, sent).content.decode()
    assert "As it will stand" in looked and version.entries.count() == 1
    [address, *_] = re.findall(r'src="(/media/[^"]+)"', looked)
    assert researcher.get(address).status_code == 200
    assert researcher.get(address.partition("?")[0]).status_code == 404
    other = Client()
    other.force_login(make_user(Role.RESEARCHER, may_read_test=True))
    assert other.get(address).status_code == 404
    researcher.post(NEW, {"key": "b", "input": "What is it?", "attached": tokens(looked)})
    assert len(attached(version, "b")) == 1
    stranger = Client()
    stranger.force_login(make_user(Role.VIEWER))
    assert stranger.get(address).status_code == 403


def test_the_limits_of_imports_hold(researcher, settings) -> None:
    settings.MAX_MEDIA_BYTES = 2_000
    version = draft()
    page = researcher.post(NEW, {"input": "Q", "attach": [upload(wav(5), "long.wav")]}).content.decode()
    assert "“long.wav”: The file has" in page and "are kept" in page
    many = researcher.post(NEW, {"input": "Q", "attach": [upload(picture()) for _ in range(33)]})
    assert "The case has 33 attachments; at most 32 are kept." in many.content.decode()
    assert tokens(many.content.decode()) == [] and version.entries.count() == 1
    forged = researcher.post(NEW, {"input": "Q", "attached": ["ab" * 32]})
    assert "Attach it again." in forged.content.decode()


def test_a_case_is_edited_with_its_attachments_and_they_can_be_taken_out(researcher) -> None:
    first, second = make_media().sha256, make_media().sha256
    version = draft(first, second)
    address = f"/datasets/d/cases/{version.entries.get().pk}/edit/"
    [_, keep] = tokens(researcher.get(address).content.decode())
    third = picture()
    researcher.post(
        address,
        {"input": "Asked better", "attachments_shown": "yes", "attached": [keep], "attach": [upload(third)]},
    )
    assert attached(version, "a") == [second, make_media(third).sha256]


def test_the_api_puts_a_case_with_what_was_kept_before_and_refuses_what_was_not() -> None:
    version, caller = draft(), Caller("read", "write")
    digest = make_media().sha256
    body = {"input": "What is it?", "attachments": [digest]}
    assert caller.put("/datasets/d/cases/b/", body).status_code == 201
    assert attached(version, "b") == [digest]
    unkept = caller.put("/datasets/d/cases/b/", body | {"attachments": ["ab" * 32]})
    assert error_of(unkept) == (422, "unknown_attachment") and attached(version, "b") == [digest]
