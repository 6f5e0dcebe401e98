"""Large logs, imported by a worker. The upload's row is the truth: a message only wakes somebody up, a later attempt takes over.

An import is one transaction, its own end included: a worker that dies in the middle leaves nothing of it, and another begins again.
"""

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from config.beats import Beats
from config.errors import Refused
from config.people.models import User
from evaluations import signals
from evaluations.importers import Progress
from evaluations.models import LogUpload, ModelVersion
from evaluations.queries.logs import as_told
from evaluations.services.log_imports import TakenAs, import_log
from evaluations.services.log_uploads import open_upload

# What one request may take in itself. Beyond it a request only looks at the first rows.
AT_ONCE = 1 << 20
LOOKED_AT = 300
MOST_ATTEMPTS = 3
WOKEN_AFTER_SECONDS = 5
ENDED = (
    "The import ended {attempts} times before it was through, and nothing of the log was taken in. Import it again; "
    "where it ends again, an operator finds the reason in the worker's log."
)


class Overtaken(Exception):
    """Another worker has this import; what this one did is undone."""


def is_large(upload: LogUpload) -> bool:
    return upload.size > AT_ONCE


@transaction.atomic
def queue_import(*, actor: User, upload: LogUpload, taken_as: TakenAs) -> LogUpload:
    """Have a worker import it. While it waits or is being imported, asking again changes nothing. Raises Refused once it is done."""
    upload = LogUpload.objects.select_for_update().get(pk=upload.pk)
    if upload.is_moving:
        return upload
    if upload.state == LogUpload.State.DONE:
        raise Refused("This log is imported already.", code="state")
    upload.state, upload.step, upload.failure, upload.author = LogUpload.State.WAITING, "reading", "", actor
    upload.rows, upload.expected, upload.attempt, upload.beat_at = 0, 0, 0, None
    chosen = asdict(replace(taken_as, version=None))
    upload.taken_as = chosen | {"version": taken_as.version.pk if taken_as.version else None}
    upload.save()
    upload_id = upload.pk
    transaction.on_commit(lambda: signals.log_waiting.send(LogUpload, upload_id=upload_id))
    return upload


def work_import(upload_id: int) -> None:
    """Import a waiting upload, or one whose worker fell silent. Nothing where somebody else is at it. Safe to run twice."""
    upload = _claimed(upload_id)
    if upload is None:
        return
    progress = Progress()
    with Beat(upload, progress):
        try:
            with transaction.atomic():
                taken = import_log(
                    actor=upload.author,
                    stream=open_upload(upload),
                    name=upload.name,
                    taken_as=_taken_as(upload),
                    progress=progress,
                )
                told = [as_told(one.looked, one.log, again=one.again) for one in taken]
                _end(upload, state=LogUpload.State.DONE, told=told)
                upload.pieces.all().delete()
        except Refused as refusal:
            _fail(upload, refusal.message)
        except ValidationError as refusal:
            _fail(upload, f"{' '.join(refusal.messages)} Nothing was imported.")
        except Overtaken:
            return


def stalled_imports() -> list[int]:
    """Uploads that wait, or whose worker fell silent; those that ended too often have failed. Two queries."""
    silent = LogUpload.objects.filter(_silent())
    silent.filter(attempt__gte=MOST_ATTEMPTS).update(
        state=LogUpload.State.FAILED, failure=ENDED.format(attempts=MOST_ATTEMPTS)
    )
    begun = Now() - timedelta(seconds=min(WOKEN_AFTER_SECONDS, settings.KICK_SECONDS))
    waiting = Q(state=LogUpload.State.WAITING, created_at__lt=begun)
    return list(LogUpload.objects.filter(waiting | _silent()).order_by("pk").values_list("pk", flat=True))


def _silent() -> Q:
    return Q(state=LogUpload.State.IMPORTING, beat_at__lt=Now() - timedelta(seconds=settings.LEASE_SECONDS))


def _claimed(upload_id: int) -> LogUpload | None:
    free = LogUpload.objects.filter(Q(state=LogUpload.State.WAITING) | _silent(), pk=upload_id)
    claimed = free.filter(attempt__lt=MOST_ATTEMPTS).update(
        state=LogUpload.State.IMPORTING, attempt=F("attempt") + 1, beat_at=Now()
    )
    return LogUpload.objects.select_related("author").get(pk=upload_id) if claimed else None


def _taken_as(upload: LogUpload) -> TakenAs:
    chosen = dict(upload.taken_as)
    version = chosen.pop("version")
    return TakenAs(version=ModelVersion.objects.get(pk=version) if version else None, **chosen)


def _mine(upload: LogUpload) -> Any:
    return LogUpload.objects.filter(pk=upload.pk, attempt=upload.attempt, state=LogUpload.State.IMPORTING)


def _end(upload: LogUpload, **facts: Any) -> None:
    """Raises Overtaken where a later attempt has it."""
    if not _mine(upload).update(beat_at=None, **facts):
        raise Overtaken


def _fail(upload: LogUpload, why: str) -> None:
    _mine(upload).update(beat_at=None, state=LogUpload.State.FAILED, failure=why or "It was refused.")


class Beat(Beats):
    """Says every third of a lease that the import lives and how far it is."""

    def __init__(self, upload: LogUpload, progress: Progress) -> None:
        super().__init__(f"import-{upload.pk}", min(2.0, settings.LEASE_SECONDS / 3))
        self._upload, self._progress = upload, progress

    def beat(self) -> None:
        now = self._progress
        try:
            _mine(self._upload).update(beat_at=Now(), step=now.step, rows=now.rows, expected=now.expected)
        except (DatabaseError, InterfaceError):
            # A beat that failed is made up for by the next; where none gets through, another worker takes over.
            connection.close()
