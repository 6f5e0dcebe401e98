"""Pictures, sound and video by content hash: stored once they are what they say, and noted where they are used."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings

from config.errors import Conflict, Gone, Refused, TooLarge
from evaluations.importers.cases import CaseFile, CaseRow, RowProblem
from evaluations.importers.media import BadMedia, Limits, Media, kind_of, read_media
from evaluations.models import Blob, Dataset, MediaUse
from evaluations.queries.media import media_types
from evaluations.services.blobs import store_blob


@dataclass(frozen=True)
class StoredMedia:
    """size: bytes."""

    sha256: str
    size: int
    media: Media


def store_media(*, data: bytes) -> StoredMedia:
    """Keep a picture, a sound or a video; the same bytes again answer the same.

    Its media type is read from the bytes. Raises TooLarge, Refused (`bad_media`: not one of the kinds, or broken), Gone and
    Conflict when the bytes are kept as something else already.
    """
    media = checked(data)
    digest = hashlib.sha256(data).hexdigest()
    blob = store_blob(data=data, media_type=media.media_type)
    if blob.purged_at:
        raise Gone(
            f"The content {digest[:12]}… was erased on {blob.purged_at:%d %B %Y} and is not kept again."
        )
    if blob.media_type != media.media_type:
        raise Conflict(f"The content {digest[:12]}… is kept already, as {blob.media_type}.")
    return StoredMedia(digest, len(data), media)


def checked(data: bytes) -> Media:
    """What the bytes are, within the limits of the settings. Raises TooLarge and Refused."""
    limits = Limits(size=settings.MAX_MEDIA_BYTES, pixels=settings.MAX_PICTURE_PIXELS)
    try:
        return read_media(data, limits)
    except BadMedia as problem:
        if len(data) > limits.size:
            raise TooLarge(str(problem)) from None
        raise Refused(str(problem), code="bad_media") from None


def note_media(dataset: Dataset, hashes: Iterable[str]) -> None:
    """Note that cases of a dataset, or answers to them, use stored content: who may read the dataset may then see it.

    Two queries, none without hashes. Unknown hashes are passed over.
    """
    if wanted := set(hashes):
        ids = Blob.objects.filter(sha256__in=wanted).order_by("pk").values_list("pk", flat=True)
        uses = [MediaUse(blob_id=pk, dataset=dataset) for pk in ids]
        MediaUse.objects.bulk_create(uses, ignore_conflicts=True)


def with_kept_attachments(found: CaseFile, brought: Iterable[str] = ()) -> CaseFile:
    """The rows whose attachments are all kept here (or brought along, by hash); of each other row a problem that names its line.

    One query, none without attachments.
    """
    problems = dict(_attachment_problems(found.rows, set(brought)))
    if not problems:
        return found
    rows = tuple(row for row in found.rows if row.line not in problems)
    told = [RowProblem(line, reason) for line, reason in problems.items()]
    return CaseFile(
        rows, tuple(sorted([*found.problems, *told], key=lambda problem: problem.line)), found.stopped
    )


def refuse_lacking(rows: Sequence[CaseRow]) -> None:
    """Raise Refused (`unknown_attachment`) where a case names what is not kept here. One query, none without attachments."""
    if problems := [f"{row}: {reason}" for row, reason in _named_problems(rows)]:
        more = f" And {len(problems) - 3} more." if len(problems) > 3 else ""
        raise Refused(" ".join(problems[:3]) + more, code="unknown_attachment")


def _named_problems(rows: Sequence[CaseRow]) -> Iterator[tuple[str, str]]:
    keys = {row.line: row.key for row in rows}
    for line, reason in _attachment_problems(rows, set()):
        yield keys[line], reason


def _attachment_problems(rows: Sequence[CaseRow], brought: set[str]) -> Iterator[tuple[int, str]]:
    wanted = {digest for row in rows for digest in row.attachments} - brought
    types = media_types(wanted) if wanted else {}
    for row in rows:
        for digest in row.attachments:
            if digest in brought or kind_of(types.get(digest) or ""):
                continue
            erased = types.get(digest) == ""
            why = "was erased" if erased else "is not kept here; upload it first, or send it in a ZIP"
            yield row.line, f"The attachment {digest[:12]}… {why}."
            break
