"""The pictures, sounds and video of a case that is being written: kept as they come, so that no refusal loses them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest
from django.urls import reverse

from config.errors import Refused
from config.people.requests import person
from evaluations.importers.cases import MAX_ATTACHMENTS
from evaluations.importers.media import kind_of
from evaluations.queries.media import media_types
from evaluations.services.media import store_media
from evaluations.services.unused_media import GRACE

FILES, CARRIED, SHOWN = "attach", "attached", "attachments_shown"


@dataclass(frozen=True)
class Shown:
    """An attachment in the form. token: what carries it on; url: empty, and why says so, where it cannot be shown."""

    token: str
    kind: str
    url: str
    label: str
    why: str


@dataclass
class Attached:
    """hashes: what the case has as the form stands. problems: sentences about what could not be attached."""

    hashes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def attached(request: HttpRequest, stands: Sequence[str] = ()) -> Attached:
    """What the form carries and what comes with it; what the case has (stands) where nothing was sent or no attachments were shown.

    Good files are kept at once, since no page can carry them, and shown to nobody else before a case uses them.
    """
    if request.method != "POST":
        return Attached(list(stands))
    found = Attached([] if SHOWN in request.POST else list(stands))
    for token in request.POST.getlist(CARRIED):
        _carry_on(request, token, found)
    files = [file for file in request.FILES.getlist(FILES) if isinstance(file, UploadedFile)]
    if problem := _too_much(found, files):
        found.problems.append(problem)
    else:
        _keep(files, found)
    return found


def _carry_on(request: HttpRequest, token: str, found: Attached) -> None:
    try:
        digest = _signer(request).unsign(token, max_age=GRACE)
    except BadSignature:
        found.problems.append(
            f"What was attached is kept for {GRACE.days} days until a case uses it. Attach it again."
        )
    else:
        found.hashes.append(digest)


def _too_much(found: Attached, files: Sequence[UploadedFile]) -> str:
    """Why none of the files is taken; empty when they may be looked at."""
    count = len(found.hashes) + len(files)
    if count > MAX_ATTACHMENTS:
        return f"The case has {count} attachments; at most {MAX_ATTACHMENTS} are kept. Attach fewer files."
    if sum(file.size or 0 for file in files) > settings.MAX_PUSH_BYTES:
        most = settings.MAX_PUSH_BYTES >> 20
        return (
            f"Together the files are larger than {most} MB. Attach some, look at them, and then the others."
        )
    return ""


def _keep(files: Iterable[UploadedFile], found: Attached) -> None:
    for file in files:
        try:
            # One byte more than is kept is enough to see that a file is too large.
            digest = store_media(data=file.read(settings.MAX_MEDIA_BYTES + 1)).sha256
        except Refused as refusal:
            found.problems.append(f"“{file.name}”: {refusal.message}")
            continue
        if digest not in found.hashes:
            found.hashes.append(digest)


def attachments_shown(request: HttpRequest, hashes: Sequence[str]) -> Iterator[Shown]:
    """One query, none without attachments."""
    types = media_types(hashes) if hashes else {}
    for number, digest in enumerate(hashes, 1):
        kind = kind_of(types.get(digest) or "")
        token = _signer(request).sign(digest)
        url = f"{reverse('evaluations:media', args=[digest])}?kept={token}" if kind else ""
        why = "" if kind else "this content was erased or is not kept here. Take it out."
        yield Shown(token, kind, url, f"Attachment {number}", why)


def attached_by(request: HttpRequest, sha256: str) -> bool:
    """Whether the address carries the proof that this person attached the content themselves."""
    try:
        return _signer(request).unsign(request.GET.get("kept", ""), max_age=GRACE) == sha256
    except BadSignature:
        return False


def _signer(request: HttpRequest) -> TimestampSigner:
    return TimestampSigner(salt=f"attached {person(request).pk}")
