"""Lawful erasure: what a case says and shows is emptied for good, its hashes and scores stay, and the trail says who did it and why."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.models import Blob, Case, Transcript


def contents_of_case(dataset_slug: str, key: str) -> list[str]:
    """Hashes of everything a case of this key ever said or showed in the dataset's versions: its content, its attachments and the
    conversations of tasks, which begin with it.

    Answers are not among them: one short answer is that of many cases. Two queries.
    """
    rows = Case.objects.filter(dataset__slug=dataset_slug, key=key).values_list(
        "content__sha256", "attachments"
    )
    told = Transcript.objects.filter(response__case__dataset__slug=dataset_slug, response__case__key=key)
    said = [digest for content, media in rows for digest in (content, *media)]
    return list(dict.fromkeys([*said, *told.values_list("content__sha256", flat=True)]))


@transaction.atomic
def erase_contents(*, actor: User | None, hashes: Sequence[str], reason: str) -> int:
    """Empty these contents, wherever they are used; returns how many were there to be erased.

    Raises Refused without a reason, and for a hash that nothing here has.
    """
    if not reason.strip():
        raise Refused("Say why it is erased; the reason stays in the audit trail.", code="reason")
    blobs = list(Blob.objects.select_for_update().defer("data").filter(sha256__in=hashes).order_by("sha256"))
    if unknown := sorted(set(hashes) - {blob.sha256 for blob in blobs}):
        raise Refused(f"There is no content {unknown[0][:64]} here; nothing was erased.", code="unknown")
    fresh = [blob for blob in blobs if blob.purged_at is None]
    Blob.objects.filter(pk__in=[blob.pk for blob in fresh]).update(
        data=b"", compressed=False, purged_at=timezone.now()
    )
    for blob in fresh:
        record(
            actor=actor,
            verb="content.erased",
            noun="content",
            object_id=blob.pk,
            label=blob.sha256,
            before={"media_type": blob.media_type, "size": blob.size},
            after={"reason": reason.strip()},
        )
    return len(fresh)
