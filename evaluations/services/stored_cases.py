"""Cases by their content: a row of a file is made a case once, thousands in three statements."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from config.prepared import prepared_cursor
from evaluations.canonical import canonical_json, sha256_of
from evaluations.importers.cases import CaseRow
from evaluations.likeness import input_digest
from evaluations.models import Dataset
from evaluations.models.case_texts import words_in
from evaluations.services.blobs import store_blobs
from evaluations.services.media import note_media

NOTHING = ("{}", '""', "[]")

# Arrays instead of one parameter a value, and binary ones (%b), of which nothing is quoted: a fifth of the time for thousands of
# rows. They go in by the order of their keys and hashes, so that two writers of the same cases never wait for each other in a ring.
CASES = """
INSERT INTO evaluations_case (dataset_id, key, hash, content_id, slices, cluster, attachments)
SELECT %s, key, hash, content, slices::jsonb, cluster,
    ARRAY(SELECT jsonb_array_elements_text(attachments::jsonb))
FROM unnest(%b::text[], %b::text[], %b::bigint[], %b::text[], %b::text[], %b::text[])
    AS made(key, hash, content, slices, cluster, attachments)
ORDER BY key, hash
ON CONFLICT DO NOTHING
RETURNING key, hash, id
"""
KNOWN = """
SELECT one.key, one.hash, one.id
FROM unnest(%b::text[], %b::text[]) AS wanted(key, hash)
JOIN evaluations_case AS one ON one.dataset_id = %s AND one.key = wanted.key AND one.hash = wanted.hash
"""
WORDS = """
INSERT INTO evaluations_casetext (case_id, text, digest)
SELECT * FROM unnest(%b::bigint[], %b::text[], %b::text[]) ON CONFLICT DO NOTHING
"""


def stored_cases(dataset: Dataset, rows: Sequence[CaseRow]) -> list[int]:
    """Ids of the rows' immutable Case rows, made where the content is new. Raises CanonicalError."""
    if not rows:
        return []
    written = [_written(row) for row in rows]
    blobs = store_blobs([body for _, body, _ in written], media_type="application/json")
    ids = _case_ids(dataset, rows, written, blobs)
    found = [ids[row.key, digest] for row, (digest, _, _) in zip(rows, written, strict=True)]
    note_media(dataset, (digest for row in rows for digest in row.attachments))
    note_words(
        dict(zip(found, (row.input for row in rows), strict=True)),
        dict(zip(found, (row.attachments for row in rows), strict=True)),
    )
    return found


def case_hash(row: CaseRow) -> str:
    """SHA-256 of the canonical JSON of everything in the case but its key. Raises CanonicalError."""
    return _written(row)[0]


Written = tuple[str, bytes, tuple[str, str, str]]
"""Hash and body of a case; slices, cluster and attachments as canonical JSON."""


def _written(row: CaseRow) -> Written:
    """SHA-256 of the canonical JSON of everything in the case but its key, and that of input, target and metadata.

    Each part is written once: put together in the order of their names they are the canonical JSON of the whole.
    """
    asked, target, metadata = (
        canonical_json(row.input),
        canonical_json(row.target),
        canonical_json(dict(row.metadata)),
    )
    if row.slices or row.cluster or row.attachments:
        rest = (
            canonical_json(dict(row.slices)),
            canonical_json(row.cluster),
            canonical_json(list(row.attachments)),
        )
    else:
        rest = NOTHING
    slices, cluster, attachments = rest
    whole = (
        f'{{"attachments":{attachments},"cluster":{cluster},"input":{asked},"metadata":{metadata},'
        f'"slices":{slices},"target":{target}}}'
    )
    body = f'{{"input":{asked},"metadata":{metadata},"target":{target}}}'
    return sha256(whole.encode()).hexdigest(), body.encode(), rest


def _case_ids(
    dataset: Dataset, rows: Sequence[CaseRow], written: Sequence[Written], blobs: Mapping[str, int]
) -> dict[tuple[str, str], int]:
    keys, hashes = [row.key for row in rows], [digest for digest, _, _ in written]
    columns = [
        keys,
        hashes,
        [blobs[sha256(body).hexdigest()] for _, body, _ in written],
        [rest[0] for _, _, rest in written],
        [row.cluster for row in rows],
        [rest[2] for _, _, rest in written],
    ]
    with prepared_cursor() as cursor:
        cursor.execute(CASES, [dataset.pk, *columns])
        ids = {(key, digest): pk for key, digest, pk in cursor.fetchall()}
        if len(ids) < len(set(zip(keys, hashes, strict=True))):
            cursor.execute(KNOWN, [keys, hashes, dataset.pk])
            ids |= {(key, digest): pk for key, digest, pk in cursor.fetchall()}
    return ids


def note_words(inputs: Mapping[int, Any], attachments: Mapping[int, Sequence[str]] | None = None) -> None:
    """Keep the words and the digest of cases' inputs, by id of the case, for searching. One query.

    The same question about another picture (attachments) is another input.
    """
    media = attachments or {}
    with prepared_cursor() as cursor:
        cursor.execute(WORDS, _words_columns(inputs.items(), media))


def _words_columns(inputs: Iterable[tuple[int, Any]], media: Mapping[int, Sequence[str]]) -> list[list[Any]]:
    rows = [(pk, words_in(value), _asked_digest(value, media.get(pk, ()))) for pk, value in inputs]
    return [[row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]]


def _asked_digest(value: Any, attachments: Sequence[str]) -> str:
    digest = input_digest(value)
    return sha256_of([digest, list(attachments)]) if attachments else digest
