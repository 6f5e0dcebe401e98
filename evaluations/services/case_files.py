"""Cases that come with their files in one ZIP: all of it is looked at before anything is kept, and then everything or nothing is."""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db import transaction

from config.errors import Refused
from config.people.models import User
from evaluations.importers import CaseFile, CaseRow, PackedCases, RowProblem, ZipLimits, read_packed
from evaluations.models import Dataset, DatasetVersion
from evaluations.services.datasets import add_cases, open_draft
from evaluations.services.media import checked, store_media, with_kept_attachments


def read_archive(data: bytes) -> PackedCases:
    """Cases and files of a ZIP, with a problem for each line that names a file which cannot be kept. Never raises for input."""
    packed = read_packed(data, ZipLimits(one=settings.MAX_MEDIA_BYTES))
    bad = {digest: reason for digest, content in packed.files.items() if (reason := _problem(content))}
    found = with_kept_attachments(packed.found, packed.files)
    if bad:
        found = _without(
            found, {digest: f"“{packed.names[digest]}”: {reason}" for digest, reason in bad.items()}
        )
    used = {digest for row in found.rows for digest in row.attachments}
    files = {digest: content for digest, content in packed.files.items() if digest in used}
    return PackedCases(found, files, packed.names)


@transaction.atomic
def import_cases(
    *, actor: User, dataset: Dataset, rows: Sequence[CaseRow], files: Mapping[str, bytes]
) -> DatasetVersion:
    """Keep the files and add the cases to the draft, which is opened when there is none; returns it.

    Raises what store_media and add_cases raise; then nothing is kept.
    """
    keep_files(files)
    draft = open_draft(actor=actor, dataset=dataset)
    add_cases(actor=actor, version=draft, cases=rows)
    return draft


@transaction.atomic
def keep_files(files: Mapping[str, bytes]) -> None:
    """Keep them all or none. What no case uses yet is shown to nobody."""
    for content in files.values():
        store_media(data=content)


def _problem(content: bytes) -> str:
    try:
        checked(content)
    except Refused as refusal:
        return refusal.message
    return ""


def _without(found: CaseFile, bad: Mapping[str, str]) -> CaseFile:
    rows, problems = [], list(found.problems)
    for row in found.rows:
        reason = next((bad[digest] for digest in row.attachments if digest in bad), "")
        if reason:
            problems.append(RowProblem(row.line, reason))
        else:
            rows.append(row)
    return CaseFile(tuple(rows), tuple(sorted(problems, key=lambda one: one.line)), found.stopped)
