"""Cases with attachments come in and go out as files, and come back the same."""

import io
import json
import re
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from config.errors import Refused
from config.people.models import Role
from evaluations.importers import CaseRow
from evaluations.models import Blob, Case, Dataset, Exposure
from evaluations.services.datasets import add_cases, create_dataset
from tests.api_client import Caller, error_of
from tests.capabilities.pages import signed_in
from tests.evaluations.importers.test_packed_cases import packed
from tests.factories.evaluations import make_dataset_version
from tests.factories.media import make_media, picture, wav
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def lines(*cases: dict[str, Any]) -> str:
    return "".join(json.dumps(case) + "\n" for case in cases)


def two_cases(image: bytes, sound: bytes) -> bytes:
    rows = lines(
        {"key": "seen", "input": "What?", "target": "a cat", "attachments": ["in/cat.png"]},
        {"key": "heard", "input": "Who?", "attachments": ["bark.wav", "in/cat.png"]},
    )
    return packed({"cases.jsonl": rows, "in/cat.png": image, "bark.wav": sound})


def a_dataset(slug: str, purpose: str = "dev") -> Dataset:
    return create_dataset(actor=None, slug=slug, name=slug, purpose=purpose)


def zip_of(reply: Any) -> bytes:
    assert reply.status_code == 200 and reply["Content-Type"] == "application/zip"
    return b"".join(reply.streaming_content)


def send(caller: Caller, slug: str, data: bytes, query: str = "") -> Any:
    return caller.upload(f"/datasets/{slug}/cases/{query}", data, "application/zip")


def test_a_zip_comes_in_over_the_api_and_comes_back_the_same_from_another_site() -> None:
    caller = Caller("read", "read_test", "write")
    a_dataset("here")
    reply = send(caller, "here", two_cases(picture(), wav()))
    assert (reply.status_code, reply.json()["imported"]) == (200, 2)
    caller.post("/datasets/here/publish/")
    first = zip_of(caller.get("/datasets/here/cases/", {"archive": "yes"}))
    kept = {case.key: case.hash for case in Case.objects.filter(dataset__slug="here")}
    # Another site has none of the content.
    names = sorted(zipfile.ZipFile(io.BytesIO(first)).namelist())
    assert [name.rpartition(".")[2] for name in names] == sorted(
        ["jsonl", "png", "wav"], key=names_key(names)
    )
    a_dataset("there")
    assert send(caller, "there", first).json()["imported"] == 2
    assert {case.key: case.hash for case in Case.objects.filter(dataset__slug="there")} == kept
    caller.post("/datasets/there/publish/")
    assert zip_of(caller.get("/datasets/there/cases/", {"archive": "yes"})) == first


def names_key(names: list[str]) -> Any:
    order = [name.rpartition(".")[2] for name in names]
    return order.index


def test_a_file_that_may_not_be_kept_is_told_by_its_line_and_nothing_is_kept() -> None:
    a_dataset("here")
    rows = lines(
        {"key": "a", "input": "x", "attachments": ["good.png"]},
        {"key": "b", "input": "y", "attachments": ["bad.svg"]},
        {"key": "c", "input": "z", "attachments": ["ab" * 32]},
    )
    data = packed({"cases.jsonl": rows, "good.png": picture(), "bad.svg": b"<svg onload='alert(1)'/>"})
    reply = send(Caller("write"), "here", data)
    assert error_of(reply) == (422, "bad_rows")
    told = {row["line"]: row["reason"] for row in reply.json()["error"]["fields"]["rows"]}
    assert told[2].startswith("“bad.svg”: This is none of the kinds that are kept")
    assert told[3] == "The attachment abababababab… is not kept here; upload it first, or send it in a ZIP."
    assert not Case.objects.exists() and not Blob.objects.filter(media_type="image/png").exists()
    good = send(Caller("write"), "here", data, "?good_rows=yes")
    assert good.json()["imported"] == 1
    assert Blob.objects.filter(media_type="image/png").count() == 1


def test_lines_without_a_zip_name_what_is_kept_by_hash_only() -> None:
    a_dataset("here")
    stored = make_media(picture())
    rows = lines(
        {"key": "a", "input": "x", "attachments": [stored.sha256]},
        {"key": "b", "input": "y", "attachments": ["cd" * 32]},
        {"key": "c", "input": "z", "attachments": ["cat.png"]},
    )
    reply = Caller("write").upload("/datasets/here/cases/?good_rows=yes", rows.encode())
    assert reply.json()["imported"] == 1
    assert [row["line"] for row in reply.json()["problems"]] == [2, 3]


def test_no_case_is_added_with_what_is_not_kept_here() -> None:
    draft = a_dataset("here").versions.get()
    row = CaseRow(line=1, key="a", input="x", attachments=("ab" * 32,))
    with pytest.raises(Refused, match=r"a: The attachment abababababab… is not kept here"):
        add_cases(actor=None, version=draft, cases=[row])


def test_a_zip_is_looked_at_on_the_page_before_it_is_imported() -> None:
    client = signed_in(make_user(Role.RESEARCHER))
    a_dataset("here")
    file = SimpleUploadedFile("set.zip", two_cases(picture(), wav()), "application/zip")
    page = client.post("/datasets/here/import/", {"file": file})
    text = page.content.decode()
    assert page.status_code == 200 and "Import 2 cases" in text and "2 attachments" in text
    assert not Case.objects.exists()
    [carried] = re.findall(r'name="carried" value="([^"]+)"', text)
    done = client.post("/datasets/here/import/", {"carried": carried}, follow=True)
    assert done.status_code == 200
    assert [len(case.attachments) for case in Case.objects.order_by("key")] == [2, 1]
    assert done.content.decode().count("<img ") == 2


def test_a_broken_zip_is_a_sentence_on_the_page() -> None:
    client = signed_in(make_user(Role.RESEARCHER))
    a_dataset("here")
    file = SimpleUploadedFile("set.zip", b"PK\x03\x04 nonsense")
    page = client.post("/datasets/here/import/", {"file": file}).content.decode()
    assert "The ZIP cannot be read" in page and "No new case" in page


def test_a_download_with_test_pictures_counts_as_a_reading_of_all() -> None:
    hashes = [make_media(picture()).sha256]
    version = make_dataset_version([{"key": "a", "attachments": hashes}, "b"], purpose="test", slug="kept")
    assert signed_in(make_user(Role.VIEWER)).get("/datasets/kept/v1/cases.zip").status_code == 403
    assert error_of(Caller("read").get("/datasets/kept/cases/", {"archive": "yes"})) == (
        403,
        "permission_denied",
    )
    reader = signed_in(make_user(Role.VIEWER, may_read_test=True))
    names = zipfile.ZipFile(io.BytesIO(zip_of(reader.get("/datasets/kept/v1/cases.zip")))).namelist()
    assert names == ["cases.jsonl", f"{hashes[0]}.png"]
    assert [note.samples for note in Exposure.objects.filter(dataset_version=version)] == [2]


def test_changing_a_case_in_a_draft_keeps_its_attachments() -> None:
    client = signed_in(make_user(Role.RESEARCHER))
    hashes = [make_media(picture()).sha256]
    version = make_dataset_version(
        [{"key": "a", "attachments": hashes}], purpose="dev", frozen=False, slug="kept"
    )
    address = f"/datasets/kept/cases/{version.entries.get().pk}/edit/"
    client.post(
        address, {"input": "Another question", "target": "", "slices": "", "cluster": "", "metadata": ""}
    )
    case = version.entries.get().case
    assert (case.input, case.attachments) == ("Another question", hashes)


def test_the_same_question_about_another_picture_is_no_double() -> None:
    from evaluations.queries.duplicates import findings_of

    one, other = (make_media(picture()).sha256 for _ in range(2))
    question = "What is the value of the third bar in this chart?"
    version = make_dataset_version(
        [
            {"key": "a", "input": question, "attachments": [one]},
            {"key": "b", "input": question, "attachments": [other]},
        ],
        purpose="dev",
    )
    assert findings_of(version).none
    same = make_dataset_version(
        [
            {"key": "a", "input": question, "attachments": [one]},
            {"key": "b", "input": question, "attachments": [one]},
        ],
        purpose="dev",
    )
    assert [list(keys) for keys in findings_of(same).twice] == [["a", "b"]]
