"""Content by its hash: the same bytes are kept once, large ones compressed."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import zstandard
from django.db import connection

from config.prepared import prepared_cursor
from evaluations.models import Blob

COMPRESS_OVER = 512

# Arrays instead of one parameter a value, and binary ones (%b), of which nothing is quoted: a tenth of the time for thousands of rows.
INSERT = """
INSERT INTO evaluations_blob (sha256, data, compressed, size, media_type, created_at)
SELECT sha256, data, compressed, size, %s, now()
FROM unnest(%b::text[], %b::bytea[], %b::boolean[], %b::bigint[]) AS content(sha256, data, compressed, size)
ON CONFLICT (sha256) DO NOTHING
RETURNING sha256, id
"""


# Sent whole: what is known comes from the table, what is not from the insert, which sees nothing of the other.
STORE = f"""
WITH fresh AS ({INSERT})
SELECT sha256, id FROM fresh UNION ALL SELECT sha256, id FROM evaluations_blob WHERE sha256 = ANY(%s)
"""


def store_blob(*, data: bytes, media_type: str = "text/plain") -> Blob:
    """The row that holds these bytes, made when it is new."""
    ids = store_blobs([data], media_type)
    return Blob.objects.get(pk=next(iter(ids.values())))


def store_blobs(
    items: Sequence[bytes], media_type: str = "text/plain", *, unasked: bool = False
) -> dict[str, int]:
    """Ids of the rows that hold these bytes, by SHA-256. Two queries, one when all are there already, three when
    another writer stored some of them in between.

    unasked: all are sent without asking first which are there: one query, two with another writer, for few that are mostly new.
    Rows are written in the order of their hashes: two writers of the same contents then never wait for each other in a ring.
    """
    contents = {hashlib.sha256(data).hexdigest(): data for data in items}
    found = {} if unasked else ids_of(contents)
    if lacking := sorted(contents.keys() - found.keys()):
        with prepared_cursor() as cursor:
            cursor.execute(STORE, [*_columns(lacking, contents, media_type), lacking])
            found |= dict(cursor.fetchall())
        # What another writer stored in between was neither seen nor inserted here.
        if raced := [digest for digest in lacking if digest not in found]:
            found |= ids_of(raced)
    return found


def _columns(digests: list[str], contents: Mapping[str, bytes], media_type: str) -> list[Any]:
    packed = [pack(contents[digest]) for digest in digests]
    return [
        media_type,
        digests,
        [data for data, _ in packed],
        [compressed for _, compressed in packed],
        [len(contents[digest]) for digest in digests],
    ]


def ids_of(hashes: Iterable[str]) -> dict[str, int]:
    """Ids of stored blobs by SHA-256; unknown hashes are absent. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sha256, id FROM evaluations_blob WHERE sha256 = ANY(%s)", [list(hashes)])
        return dict(cursor.fetchall())


def pack(data: bytes) -> tuple[bytes, bool]:
    """The bytes as they are kept, and whether they are compressed."""
    if len(data) <= COMPRESS_OVER:
        return data, False
    packed = _compressor().compress(data)
    return (packed, True) if len(packed) < len(data) else (data, False)


@cache
def _compressor() -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(level=3)
