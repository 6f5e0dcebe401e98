"""Logs that wait to be looked at: kept in pieces in the database, so that any process can read them, and forgotten after a day."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, BinaryIO, cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from config.errors import TooLarge
from config.people.models import User
from evaluations.models import LogPiece, LogUpload

PIECE = 1 << 20
KEPT_FOR = timedelta(days=1)
MAX_NAME = 200


@transaction.atomic
def keep_upload(*, actor: User, files: Sequence[tuple[str, IO[bytes]]]) -> LogUpload:
    """Keep a log, or the files of one, for a day; of several one ZIP is made. Raises TooLarge."""
    if len(files) == 1:
        [(name, stream)] = files
        return _keep(actor, name, stream)
    with TemporaryFile() as together:
        with zipfile.ZipFile(together, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, stream in files:
                with archive.open(name.replace("/", "_"), "w", force_zip64=True) as member:
                    while piece := stream.read(PIECE):
                        member.write(piece)
        together.seek(0)
        return _keep(actor, ", ".join(name for name, _ in files), together)


def _keep(actor: User, name: str, stream: IO[bytes]) -> LogUpload:
    upload = LogUpload.objects.create(name=name.replace("\x00", "")[:MAX_NAME], size=0, author=actor)
    position = 0
    while data := stream.read(PIECE):
        upload.size += len(data)
        if upload.size > settings.MAX_LOG_BYTES:
            raise TooLarge(
                f"The log is larger than {settings.MAX_LOG_BYTES >> 20} MB; an operator may allow more."
            )
        LogPiece.objects.create(upload=upload, position=position, data=data)
        position += 1
    upload.save(update_fields=["size"])
    return upload


def forget_uploads(now: datetime | None = None) -> int:
    """Forget uploads older than a day; answers how many."""
    moving = (LogUpload.State.WAITING, LogUpload.State.IMPORTING)
    old = LogUpload.objects.filter(created_at__lt=(now or timezone.now()) - KEPT_FOR).exclude(
        state__in=moving
    )
    return old.delete()[1].get("evaluations.LogUpload", 0)


def open_upload(upload: LogUpload) -> BinaryIO:
    """The upload's bytes, fetched as they are read."""
    return cast(BinaryIO, io.BufferedReader(_Pieces(upload), PIECE // 4))


class _Pieces(io.RawIOBase):
    """A file whose bytes lie in pieces. The piece read last is at hand."""

    def __init__(self, upload: LogUpload) -> None:
        self._upload, self._place = upload, 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._upload.size}[whence]
        if start + offset < 0:
            raise OSError("before the beginning of the file")
        self._place = start + offset
        return self._place

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]
        position, start = divmod(self._place, PIECE)
        if self._place >= self._upload.size:
            return 0
        data = self._piece(position)[start : start + len(room)]
        room[: len(data)] = data
        self._place += len(data)
        return len(data)

    def _piece(self, position: int) -> bytes:
        if self._held[0] != position:
            piece = LogPiece.objects.values_list("data", flat=True).get(
                upload=self._upload, position=position
            )
            self._held = (position, bytes(piece))
        return self._held[1]
