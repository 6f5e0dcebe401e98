"""Pictures and sounds that came with cases nobody kept: collected after a while, never one that is in use."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from config.people.services.audit import record
from evaluations.models import Blob, MediaUse
from evaluations.models.blobs import TEXTS

log = logging.getLogger(__name__)

GRACE = timedelta(days=7)
AT_ONCE = 1_000

# A case that was taken out of a draft holds on to its files while a draft of its dataset is open: it may be put back.
UNUSED = """
WITH used AS (
    SELECT DISTINCT unnest(one.attachments) AS sha256 FROM evaluations_case AS one
    WHERE one.attachments <> '{}' AND (
        EXISTS (SELECT 1 FROM evaluations_datasetversioncase AS entry WHERE entry.case_id = one.id)
        OR EXISTS (
            SELECT 1 FROM evaluations_datasetversion AS version
            WHERE version.dataset_id = one.dataset_id AND version.frozen_at IS NULL))
)
SELECT blob.id, blob.size FROM evaluations_blob AS blob
WHERE blob.media_type <> ALL(%(texts)s) AND blob.purged_at IS NULL AND blob.created_at < %(before)s
    AND (%(only)s::bigint IS NULL OR blob.id = %(only)s)
    AND NOT EXISTS (SELECT 1 FROM used WHERE used.sha256 = blob.sha256)
    AND NOT EXISTS (SELECT 1 FROM evaluations_response AS answer WHERE answer.output_id = blob.id)
    AND NOT EXISTS (SELECT 1 FROM evaluations_case AS one WHERE one.content_id = blob.id)
ORDER BY blob.id LIMIT %(most)s"""


@dataclass(frozen=True)
class Collected:
    """size: bytes."""

    files: int
    size: int


def collect_unused_media(now: datetime | None = None) -> Collected:
    """Delete pictures, sounds and videos older than 7 days that no case and no answer uses, up to 1,000; the audit says how many.

    Each is looked at again under its lock. What was erased on purpose stays known as erased.
    """
    before = (now or timezone.now()) - GRACE
    gone = [size for pk, size in _unused(before) if _delete(pk, before)]
    found = Collected(len(gone), sum(gone))
    if found.files:
        log.info("Collected %s unused media, %s bytes.", found.files, found.size)
        record(
            actor=None,
            verb="media.collected",
            noun="media",
            object_id=0,
            label=f"{found.files} unused",
            after={"files": found.files, "bytes": found.size},
        )
    return found


def _unused(before: datetime, only: int | None = None) -> list[tuple[int, int]]:
    values: dict[str, Any] = {"texts": list(TEXTS), "before": before, "only": only, "most": AT_ONCE}
    with connection.cursor() as cursor:
        cursor.execute(UNUSED, values)
        return list(cursor.fetchall())


@transaction.atomic
def _delete(pk: int, before: datetime) -> bool:
    locked = Blob.objects.select_for_update(skip_locked=True).filter(pk=pk).values_list("pk", flat=True)
    if not list(locked) or not _unused(before, pk):
        return False
    MediaUse.objects.filter(blob=pk).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM evaluations_blob WHERE id = %s", [pk])
        return bool(cursor.rowcount)
