"""Attachments: who may keep them, who may see them, and how they are sent."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from config.people.models import Role
from evaluations.models import Blob, Exposure
from tests.api_client import ROOT, Caller, error_of
from tests.capabilities.pages import signed_in
from tests.factories.evaluations import make_dataset_version
from tests.factories.media import make_media, make_open_media, picture, wav
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def reader(**fields: object) -> Client:
    return signed_in(make_user(Role.VIEWER, **fields))


def make_test_media(data: bytes | None = None) -> str:
    """The hash of content that only a test case uses."""
    stored = make_media(data)
    make_dataset_version([{"key": "hidden", "attachments": [stored.sha256]}], purpose="test")
    return stored.sha256


def erase(sha256: str) -> None:
    Blob.objects.filter(sha256=sha256).update(data=b"", compressed=False, purged_at=timezone.now())


def test_the_same_bytes_raw_and_in_a_form_are_kept_once() -> None:
    caller, data = Caller("write"), picture()
    raw = caller.upload("/media/", data, "image/png")
    file = SimpleUploadedFile("holiday.txt", data, "text/plain")
    form = caller.client.post(f"{ROOT}/media/", {"file": file}, headers=caller.headers)
    assert raw.status_code == form.status_code == 201
    assert raw.json() == form.json()
    assert (raw.json()["media_type"], raw.json()["size"], raw.json()["width"]) == ("image/png", len(data), 8)
    assert Blob.objects.filter(sha256=raw.json()["sha256"]).count() == 1


def test_what_the_bytes_say_wins_over_what_is_claimed() -> None:
    assert Caller("write").upload("/media/", wav(), "image/png").json()["media_type"] == "audio/wav"


@pytest.mark.parametrize("claimed", ["image/svg+xml", "image/png", "text/html", ""])
@pytest.mark.parametrize("data", [b"<svg onload='alert(1)'/>", b"<html><script>alert(1)</script>"])
def test_script_is_not_kept_under_any_name(claimed: str, data: bytes) -> None:
    reply = Caller("write").upload("/media/", data, claimed or "application/octet-stream")
    assert error_of(reply) == (422, "bad_media")
    assert not Blob.objects.exists()


def test_what_is_too_large_is_refused_and_not_kept(settings: object) -> None:
    settings.MAX_MEDIA_BYTES = 1_000  # type: ignore[attr-defined]
    caller = Caller("write")
    assert error_of(caller.upload("/media/", wav(1), "audio/wav")) == (413, "too_large")
    form = {"file": SimpleUploadedFile("a.wav", wav(10))}
    reply = caller.client.post(f"{ROOT}/media/", form, headers=caller.headers)
    assert error_of(reply) == (413, "too_large")
    assert not Blob.objects.exists()


def test_a_form_without_the_field_is_told_its_name() -> None:
    caller = Caller("write")
    form = {"picture": SimpleUploadedFile("a.png", picture())}
    reply = caller.client.post(f"{ROOT}/media/", form, headers=caller.headers)
    assert error_of(reply) == (400, "invalid") and "file" in reply.json()["error"]["fields"]


def test_a_picture_of_development_cases_is_open_and_leaves_no_note() -> None:
    client, digest = reader(), make_open_media()
    reply = client.get(f"/media/{digest}")
    assert reply.status_code == 200
    assert reply.content == Blob.objects.get(sha256=digest).content
    assert not Exposure.objects.exists()


def test_the_reply_cannot_run_anything_and_stays_in_one_browser() -> None:
    reply = reader().get(f"/media/{make_open_media()}")
    assert reply["Content-Type"] == "image/png"
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "private" in reply["Cache-Control"] and "Cookie" in reply["Vary"]


def test_test_content_needs_the_permission() -> None:
    digest = make_test_media()
    assert reader().get(f"/media/{digest}").status_code == 403
    assert error_of(Caller("read").get(f"/media/{digest}/")) == (403, "permission_denied")
    assert not Exposure.objects.exists()


def test_each_reading_of_test_content_is_noted_on_the_newest_published_version() -> None:
    digest, client = make_test_media(), reader(may_read_test=True)
    first = client.get(f"/media/{digest}")
    assert client.head(f"/media/{digest}").status_code == 200
    assert client.get(f"/media/{digest}", headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client.get(f"/media/{digest}", headers={"Range": "bytes=10-"}).status_code == 206
    [note] = Exposure.objects.all()
    assert (note.samples, note.via, note.dataset_version.number) == (1, "media", 1)
    Caller("read", "read_test").get(f"/media/{digest}/")
    assert list(Exposure.objects.order_by("pk").values_list("via", flat=True)) == ["media", "api"]


def test_a_development_dataset_that_uses_it_opens_what_a_test_dataset_uses_too() -> None:
    digest = make_test_media()
    make_dataset_version([{"key": "same", "attachments": [digest]}], purpose="dev")
    assert reader().get(f"/media/{digest}").status_code == 200
    assert not Exposure.objects.exists()


def test_what_nothing_uses_and_what_is_no_media_are_not_there() -> None:
    version = make_dataset_version(1, purpose="dev")
    client = reader(may_read_test=True)
    for digest in (make_media().sha256, version.entries.get().case.content.sha256, "0" * 64, "nonsense"):
        assert client.get(f"/media/{digest}").status_code == 404
        assert error_of(Caller("read").get(f"/media/{digest}/")) == (404, "not_found")


def test_erased_content_says_so_and_is_not_kept_again() -> None:
    data = picture()
    digest = make_test_media(data)
    erase(digest)
    page = reader(may_read_test=True).get(f"/media/{digest}")
    assert page.status_code == 410 and "was erased" in page.content.decode()
    assert reader().get(f"/media/{digest}").status_code == 403
    assert error_of(Caller("read", "read_test").get(f"/media/{digest}/")) == (410, "erased")
    assert error_of(Caller("write").upload("/media/", data, "image/png")) == (410, "erased")
    assert not Exposure.objects.exists()


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=5-", 5, -1), ("bytes=-4", -4, -1), ("bytes=2-999999", 2, -1)],
)
def test_a_player_gets_the_stretch_it_asks_for(asked: str, first: int, last: int) -> None:
    data = wav()
    stored = make_media(data)
    make_dataset_version([{"key": "heard", "attachments": [stored.sha256]}], purpose="dev")
    reply = reader().get(f"/media/{stored.sha256}", headers={"Range": asked})
    start, end = first % len(data), last % len(data)
    assert reply.status_code == 206
    assert reply.content == data[start : end + 1]
    assert reply["Content-Range"] == f"bytes {start}-{end}/{len(data)}"
    assert reply["Content-Length"] == str(end - start + 1)


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "lines=0-1", "bytes=-", "bytes=b-c", "bytes"])
def test_a_range_that_is_not_one_stretch_gets_the_whole(asked: str) -> None:
    assert reader().get(f"/media/{make_open_media()}", headers={"Range": asked}).status_code == 200


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=-0", "bytes=9-3"])
def test_a_range_outside_is_refused_with_the_size(asked: str) -> None:
    digest = make_open_media()
    reply = reader().get(f"/media/{digest}", headers={"Range": asked})
    assert reply.status_code == 416
    assert reply["Content-Range"] == f"bytes */{Blob.objects.get(sha256=digest).size}"


def test_a_browser_with_other_content_gets_the_whole() -> None:
    headers = {"Range": "bytes=0-1", "If-Range": '"other"'}
    assert reader().get(f"/media/{make_open_media()}", headers=headers).status_code == 200


def test_the_site_plays_its_own_sound_and_nobody_elses() -> None:
    policy = reader().get("/datasets/")["Content-Security-Policy"]
    assert "media-src 'self'" in policy and "default-src 'self'" in policy
