"""Stored pictures and sound: what they are and which datasets use them."""

from collections.abc import Iterable
from dataclasses import dataclass

from evaluations.models import Blob, Case, Dataset, DatasetVersion, MediaUse
from evaluations.models.blobs import TEXTS


@dataclass(frozen=True)
class UsedMedia:
    """blob: without its data. datasets: those whose cases or answers use it, empty when nothing does yet."""

    blob: Blob
    datasets: tuple[Dataset, ...]

    @property
    def open(self) -> bool:
        """Whether a development dataset uses it; else only test cases do."""
        return any(dataset.purpose == Dataset.Purpose.DEV for dataset in self.datasets)


def used_media(sha256: str) -> UsedMedia | None:
    """A stored picture or sound with its uses; None when there is no such content. Two queries."""
    blob = Blob.objects.defer("data").filter(sha256=sha256).first()
    if blob is None:
        return None
    uses = MediaUse.objects.filter(blob=blob).select_related("dataset")
    return UsedMedia(blob, tuple(use.dataset for use in uses))


def erased_words(blob: Blob) -> str:
    """What stands in the place of erased content."""
    return f"It was erased on {blob.purged_at:%d %B %Y}. The hash stays, so that results can still be told apart."


def newest_version(datasets: Iterable[Dataset]) -> DatasetVersion | None:
    """The newest published version of these datasets, else their newest draft: where a reading is noted. One query."""
    rows = DatasetVersion.objects.filter(dataset__in=datasets).select_related("dataset")
    return max(rows, key=lambda version: (version.frozen_at is not None, version.pk), default=None)


def media_types(hashes: Iterable[str]) -> dict[str, str]:
    """Media types of stored content by SHA-256; erased content has "", unknown hashes are absent. One query."""
    rows = Blob.objects.filter(sha256__in=set(hashes)).values_list("sha256", "media_type", "purged_at")
    return {digest: "" if purged else media_type for digest, media_type, purged in rows}


def outputs_by_id(ids: set[int]) -> dict[int, Blob]:
    """Stored answers: texts whole, sound and pictures without their bytes. One query, two where there is any of these."""
    texts = Blob.objects.filter(media_type__in=TEXTS).in_bulk(ids)
    rest = ids - texts.keys()
    return texts | (Blob.objects.defer("data").in_bulk(rest) if rest else {})


def attachments_of(cases: Iterable[Case]) -> dict[int, list[tuple[str, str | None]]]:
    """SHA-256 and media type of each attachment by case, for those that have any. One query, none where nobody has.

    The type is "" where the content was erased, None where it is not kept.
    """
    with_some = [case for case in cases if case.attachments]
    if not with_some:
        return {}
    types = media_types(digest for case in with_some for digest in case.attachments)
    return {case.pk: [(digest, types.get(digest)) for digest in case.attachments] for case in with_some}
