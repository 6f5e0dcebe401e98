"""An erasure takes what a case says and shows, its attachments too, and leaves hashes and a trail."""

import pytest
from django.core.management import CommandError, call_command

from config.errors import Refused
from config.people.models import AuditEntry, Role
from evaluations.models import Blob, Case, CaseText
from evaluations.services.erasure import erase_contents
from tests.capabilities.pages import signed_in
from tests.factories.evaluations import make_dataset_version
from tests.factories.media import make_media, picture
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def a_case() -> tuple[Case, str]:
    """A case and the hash of its picture."""
    digest = make_media(picture()).sha256
    cases: list[str | dict[str, object]] = [
        {"key": "a", "input": "Who is this person?", "attachments": [digest]},
        "b",
    ]
    version = make_dataset_version(cases, purpose="dev", slug="people")
    return version.entries.get(key="a").case, digest


def test_a_case_is_erased_with_its_attachments_and_nothing_else() -> None:
    case, digest = a_case()
    boss = make_user("admin")
    call_command(
        "erase_content", "--case", "people", "a", "--reason", "Asked by the person", "--as", boss.username
    )
    gone = Blob.objects.exclude(purged_at=None)
    assert {blob.sha256 for blob in gone} == {digest, case.content.sha256}
    assert all(bytes(blob.data) == b"" for blob in gone)
    assert not CaseText.objects.filter(case=case).exists() and CaseText.objects.filter(case__key="b").exists()
    entries = AuditEntry.objects.filter(verb="content.erased")
    assert {entry.label for entry in entries} == {digest, case.content.sha256}
    assert {(entry.actor, entry.after["reason"]) for entry in entries} == {(boss, "Asked by the person")}


def test_pages_say_that_a_picture_was_erased() -> None:
    case, digest = a_case()
    erase_contents(actor=None, hashes=[digest], reason="Faces")
    client = signed_in(make_user(Role.VIEWER))
    assert client.get(f"/media/{digest}").status_code == 410
    page = client.get("/datasets/people/").content.decode()
    assert "Attachment 1 of a: this content was erased." in page and "<img " not in page
    assert Case.objects.get(pk=case.pk).input == "Who is this person?"


def test_erasing_again_does_nothing_and_leaves_no_second_note() -> None:
    _, digest = a_case()
    assert erase_contents(actor=None, hashes=[digest], reason="Faces") == 1
    assert erase_contents(actor=None, hashes=[digest], reason="Faces") == 0
    assert AuditEntry.objects.filter(verb="content.erased").count() == 1


def test_it_takes_a_reason_and_only_what_is_there() -> None:
    _, digest = a_case()
    with pytest.raises(Refused, match="Say why"):
        erase_contents(actor=None, hashes=[digest], reason=" ")
    with pytest.raises(Refused, match="nothing was erased"):
        erase_contents(actor=None, hashes=[digest, "0" * 64], reason="Faces")
    for arguments in ([], ["--case", "people", "nobody"], [digest, "--as", "nobody"]):
        with pytest.raises(CommandError):
            call_command("erase_content", *arguments, "--reason", "Faces")
    assert not Blob.objects.exclude(purged_at=None).exists()
