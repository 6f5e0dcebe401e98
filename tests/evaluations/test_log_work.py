"""Large logs, which a worker imports: what is seen meanwhile, and what a worker that dies leaves behind."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from config.people.models import Role
from evaluations.models import Dataset, ImportedLog, LogPiece, LogUpload, Run
from evaluations.services.log_imports import TakenAs
from evaluations.services.log_uploads import forget_uploads
from evaluations.services.log_work import (
    AT_ONCE,
    LOOKED_AT,
    MOST_ATTEMPTS,
    Overtaken,
    _claimed,
    _end,
    queue_import,
    stalled_imports,
    work_import,
)
from tests.api_client import Caller
from tests.evaluations.made_logs import head, json_log, sample
from tests.evaluations.test_log_pages import URL, words
from tests.factories.evaluations import make_log_upload
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def large_log(rows: int = 2, **said: Any) -> bytes:
    """More than a request takes in itself: a transcript makes it so."""
    made = [sample(number) for number in range(1, rows + 1)]
    made[-1]["store"] = {"transcript": "x" * AT_ONCE}
    return json_log(made, head(**said) if said else None)


def waiting(data: bytes, **taken_as: Any) -> LogUpload:
    upload = make_log_upload(data)
    return queue_import(actor=upload.author, upload=upload, taken_as=TakenAs(**taken_as))


def look(client: Client, upload: LogUpload) -> str:
    return words(client.get(f"{URL}{upload.pk}/"))


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(Role.RESEARCHER))
    return client


def test_a_large_log_waits_for_a_worker_and_the_page_says_how_far_it_is(researcher: Client) -> None:
    file = SimpleUploadedFile("a.json", large_log())
    shown = researcher.post(URL, {"log": [file]}, follow=True)
    form = {"model": "acme", "version_name": "1", "side": "own", "kind": "llm", "purpose": "dev"}
    sent = words(researcher.post(shown.request["PATH_INFO"], form, follow=True))
    upload = LogUpload.objects.get()
    assert "Waiting for a worker" in sent and 'data-live="2"' in sent and not Run.objects.exists()
    LogUpload.objects.update(state="importing", rows=1, expected=2, step="storing", beat_at=timezone.now())
    assert "Rows stored: <b>1</b> of 2" in look(researcher, upload)
    LogUpload.objects.update(state="waiting")
    work_import(upload.pk)
    done = look(researcher, upload)
    assert f"Run {Run.objects.get().pk}" in done and "2 rows" in done and "data-live" not in done
    assert Run.objects.get().model_version.label == "acme@1" and not LogPiece.objects.exists()


def test_only_the_first_rows_of_a_large_log_are_looked_at(researcher: Client) -> None:
    upload = make_log_upload(large_log(LOOKED_AT + 5))
    assert f"<b>{LOOKED_AT} rows</b>" in look(researcher, upload)
    assert "only its first rows were looked at" in look(researcher, upload)


def test_over_the_api_a_large_log_is_accepted_and_then_asked_for() -> None:
    caller = Caller("read", "write")
    sent = caller.upload("/logs/?name=a.json&side=own", large_log(), "application/octet-stream")
    assert (sent.status_code, sent.json()["state"]) == (202, "waiting")
    where = f"/log-imports/{sent.json()['id']}/"
    assert sent.headers["Location"].endswith(f"/api/v1{where}")
    work_import(sent.json()["id"])
    told = caller.get(where).json()
    assert (told["state"], told["tasks"][0]["run"]) == ("done", Run.objects.get().pk)
    again = caller.upload("/logs/", large_log(), "application/octet-stream").json()["id"]
    work_import(again)
    assert caller.get(f"/log-imports/{again}/").json()["tasks"][0]["again"]
    assert Run.objects.count() == 1


def test_a_large_log_that_is_broken_is_told_as_failed_and_leaves_nothing() -> None:
    upload = waiting(large_log()[:-3])
    work_import(upload.pk)
    upload.refresh_from_db()
    assert (
        upload.state == "failed" and "cut off" in upload.failure and "Nothing was imported" in upload.failure
    )
    assert not (ImportedLog.objects.exists() or Dataset.objects.exists() or Run.objects.exists())


def test_after_a_failure_it_can_be_taken_otherwise(researcher: Client) -> None:
    upload = waiting(large_log(model=""))
    work_import(upload.pk)
    assert "It was not imported: The log names no model." in look(researcher, upload)
    form = {"model": "acme", "side": "own", "kind": "llm", "purpose": "dev"}
    researcher.post(f"{URL}{upload.pk}/", form)
    work_import(upload.pk)
    assert LogUpload.objects.get().state == "done" and Run.objects.count() == 1


def test_what_a_dead_worker_began_is_begun_again() -> None:
    upload = waiting(large_log())
    assert _claimed(upload.pk) and not stalled_imports()
    work_import(upload.pk)
    assert not Run.objects.exists(), "the other worker may still be at it"
    LogUpload.objects.update(beat_at=timezone.now() - timedelta(minutes=2))
    assert stalled_imports() == [upload.pk]
    work_import(upload.pk)
    assert LogUpload.objects.get().state == "done" and Run.objects.count() == 1


def test_a_worker_that_was_taken_for_dead_stores_nothing() -> None:
    upload = waiting(large_log())
    frozen = _claimed(upload.pk)
    LogUpload.objects.update(beat_at=timezone.now() - timedelta(minutes=2))
    assert frozen and _claimed(upload.pk)
    with pytest.raises(Overtaken):
        _end(frozen, state="done")


def test_an_import_that_kills_its_workers_fails_in_words() -> None:
    upload = waiting(large_log())
    LogUpload.objects.update(
        state="importing", attempt=MOST_ATTEMPTS, beat_at=timezone.now() - timedelta(minutes=2)
    )
    assert stalled_imports() == []
    upload.refresh_from_db()
    assert upload.state == "failed" and "nothing of the log was taken in" in upload.failure


def test_a_log_that_waits_is_not_forgotten() -> None:
    waiting(large_log())
    assert forget_uploads(timezone.now() + timedelta(days=2)) == 0
