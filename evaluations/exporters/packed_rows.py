"""Cases and their attachments as one ZIP that is sent while it is made, and can be imported again."""

import zipfile
from collections.abc import Iterable, Iterator

WHEN = (1980, 1, 1, 0, 0, 0)


class _Sent:
    """A file that cannot be gone back in; what was written is taken away."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        whole, self._pieces = b"".join(self._pieces), []
        return whole


def packed_rows(lines: Iterable[str], files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """A ZIP with `cases.jsonl` of these lines and the files by name; the same content gives the same bytes.

    Nothing is compressed: pictures and sound are already.
    """
    sent = _Sent()
    with zipfile.ZipFile(sent, "w") as archive:  # type: ignore[call-overload]
        with archive.open(zipfile.ZipInfo("cases.jsonl", WHEN), "w", force_zip64=True) as member:
            for line in lines:
                member.write(line.encode("utf-8", "replace"))
                yield sent.taken()
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, WHEN), data)
            yield sent.taken()
    yield sent.taken()
