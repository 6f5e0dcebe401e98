"""Files that came with cases nobody kept are collected after a week, and never one that is in use."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from config.people.models import AuditEntry
from evaluations.models import Blob
from evaluations.services.datasets import open_draft, publish_version, remove_case
from evaluations.services.erasure import erase_contents
from evaluations.services.media import store_media
from evaluations.services.unused_media import GRACE, collect_unused_media
from tests.factories.evaluations import make_dataset_version, make_run
from tests.factories.media import picture

pytestmark = pytest.mark.django_db


def make_picture() -> str:
    return store_media(data=picture()).sha256


def later() -> int:
    return collect_unused_media(timezone.now() + GRACE + timedelta(minutes=1)).files


def test_what_no_case_uses_goes_after_a_week_and_is_counted() -> None:
    digest = make_picture()
    assert collect_unused_media().files == 0
    assert later() == 1
    assert not Blob.objects.filter(sha256=digest).exists()
    assert AuditEntry.objects.get(verb="media.collected").after["files"] == 1
    assert (later(), AuditEntry.objects.filter(verb="media.collected").count()) == (0, 1)


def test_what_a_case_of_any_version_uses_stays() -> None:
    digest = make_picture()
    version = make_dataset_version([{"key": "a", "attachments": [digest]}, {"key": "b"}])
    draft = open_draft(actor=None, dataset=version.dataset)
    remove_case(actor=None, version=draft, key="a")
    publish_version(actor=None, version=draft)
    assert later() == 0


def test_a_case_taken_out_of_a_draft_holds_its_picture_while_the_draft_is_open() -> None:
    digest = make_picture()
    draft = make_dataset_version([{"key": "a", "attachments": [digest]}, {"key": "b"}], frozen=False)
    remove_case(actor=None, version=draft, key="a")
    assert later() == 0
    publish_version(actor=None, version=draft)
    assert later() == 1


def test_an_answer_that_is_a_picture_stays_and_so_does_what_was_erased() -> None:
    shown, erased = make_picture(), make_picture()
    run = make_run()
    case = run.items.earliest("pk").case_id
    run.responses.create(case_id=case, output=Blob.objects.get(sha256=shown), finish_reason="stop")
    erase_contents(actor=None, hashes=[erased], reason="A face.")
    assert later() == 0


def test_the_database_itself_refuses_to_lose_one_in_use() -> None:
    digest = make_picture()
    make_dataset_version([{"key": "a", "attachments": [digest]}])
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM evaluations_blob WHERE sha256 = %s", [digest])
