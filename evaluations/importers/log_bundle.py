"""The files of an uploaded log: one file, or the members of a ZIP, read one by one under limits and never unpacked to a disk."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO

import zstandard

from evaluations.importers.logs import NotALog

ZSTD = 93
LOCAL_HEADER = struct.Struct("<26xHH")
MOST_WINDOW = 128 << 20
SMALL = 1 << 20


@dataclass(frozen=True)
class LogLimits:
    """What a ZIP may hold. Bytes are counted as they are read, whatever its own list says.

    ratio: bytes that come out for one that went in, over the whole; small files are free of it.
    """

    members: int = 250_000
    one: int = 64 << 20
    bytes: int = 4 << 30
    ratio: int = 100
    free_of_ratio: int = 64 << 20


class Bundle:
    """Files by name. Several may be open at once in a ZIP; a single file is read from its beginning each time."""

    def __init__(self, stream: BinaryIO, name: str, limits: LogLimits | None = None) -> None:
        """name: its ending tells rows from results; without one it counts as JSON.

        Raises NotALog for a broken ZIP, one with too many members, or with names outside itself.
        """
        self.name = name if "." in name else f"{name}.json"
        self._stream, self._limits = stream, limits or LogLimits()
        self.size = stream.seek(0, io.SEEK_END)
        self._zip: zipfile.ZipFile | None = None
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._read = 0
        stream.seek(0)
        if stream.read(4) == b"PK\x03\x04":
            with _sound_zip():
                self._list(zipfile.ZipFile(stream))
        elif self.size == 0:
            raise NotALog("The file is empty.")

    def _list(self, archive: zipfile.ZipFile) -> None:
        listed = [one for one in archive.infolist() if not one.is_dir() and not _hidden(one.filename)]
        if len(listed) > self._limits.members:
            raise NotALog(f"The ZIP has {len(listed):,} files; at most {self._limits.members:,} are read.")
        for one in listed:
            _refuse_outside(one.filename)
        self._zip, self._members = archive, {one.filename: one for one in listed}
        if len(self._members) < len(listed):
            raise NotALog("The ZIP has two files of one name.")

    @property
    def is_zip(self) -> bool:
        return self._zip is not None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._members) if self.is_zip else (self.name,)

    def begin(self) -> None:
        """Count what is read from nothing again, for another look at the same files."""
        self._read = 0

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A file's bytes, a member's unpacked. Raises NotALog at a limit and for what is broken, while it is read too."""
        with _sound_zip():
            if self._zip is None:
                self._stream.seek(0)
                yield self._stream
                return
            with self._member(self._members[name]) as packed:
                yield io.BufferedReader(_Counted(packed, self), 1 << 16)

    def read(self, name: str) -> bytes:
        """All of a file. Raises NotALog, also for one larger than a member may be."""
        one = self._members.get(name)
        if one is not None and one.compress_type == zipfile.ZIP_DEFLATED and one.file_size <= SMALL:
            return self._small(one)
        with self.open(name) as stream:
            data = stream.read(self._limits.one + 1)
        if len(data) > self._limits.one:
            raise NotALog(f"“{name[:80]}” holds more than {self._limits.one >> 20} MB.")
        return data

    def _small(self, one: zipfile.ZipInfo) -> bytes:
        """A member whose list calls it small, at once: a log has tens of thousands, and a stream for each costs more than its content."""
        with _sound_zip():
            if one.flag_bits & 1:
                raise NotALog("The ZIP is encrypted.")
            self._to_content(one)
            unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
            data = unpacker.decompress(self._stream.read(one.compress_size), SMALL + 1)
            self.count(len(data))
            if len(data) != one.file_size or zlib.crc32(data) != one.CRC:
                raise zipfile.BadZipFile(one.filename)
        return data

    def _to_content(self, one: zipfile.ZipInfo) -> int:
        self._stream.seek(one.header_offset)
        name, extra = LOCAL_HEADER.unpack(self._stream.read(LOCAL_HEADER.size))
        return self._stream.seek(name + extra, io.SEEK_CUR)

    def count(self, more: int) -> None:
        """Raises NotALog when more was unpacked than a log may hold."""
        self._read += more
        most = max(self._limits.free_of_ratio, self.size * self._limits.ratio)
        if self._read > min(most, self._limits.bytes):
            raise NotALog("The ZIP unpacks to far more than a log does; it was not read to its end.")

    def _member(self, one: zipfile.ZipInfo) -> IO[bytes]:
        assert self._zip is not None
        if one.compress_type != ZSTD:
            return self._zip.open(one)
        if one.flag_bits & 1:
            raise NotALog("The ZIP is encrypted.")
        start = self._to_content(one)
        packed = io.BufferedReader(_Slice(self._stream, start, one.compress_size), 1 << 16)
        unpacker = zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW)
        return _Checked(unpacker.stream_reader(packed, read_across_frames=True), one)  # type: ignore[return-value]


class _Counted(io.RawIOBase):
    """Counts what is read against the bundle's limits."""

    def __init__(self, packed: IO[bytes], bundle: Bundle) -> None:
        self._packed, self._bundle = packed, bundle

    def readable(self) -> bool:
        return True

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]
        data = self._packed.read(len(room))
        room[: len(data)] = data
        self._bundle.count(len(data))
        return len(data)


class _Slice(io.RawIOBase):
    """A stretch of a file, with a place of its own."""

    def __init__(self, stream: BinaryIO, start: int, size: int) -> None:
        self._stream, self._place, self._end = stream, start, start + size

    def readable(self) -> bool:
        return True

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]
        self._stream.seek(self._place)
        data = self._stream.read(min(len(room), self._end - self._place))
        room[: len(data)] = data
        self._place += len(data)
        return len(data)


class _Checked:
    """What a zstd member unpacks to, held to the check sum and size that the ZIP has for it."""

    def __init__(self, stream: IO[bytes], one: zipfile.ZipInfo) -> None:
        self._stream, self._one, self._sum, self._size = stream, one, 0, 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._sum = zlib.crc32(data, self._sum)
        self._size += len(data)
        if not data and (self._sum, self._size) != (self._one.CRC, self._one.file_size):
            raise zipfile.BadZipFile(self._one.filename)
        return data

    def __enter__(self) -> "_Checked":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


@contextmanager
def _sound_zip() -> Iterator[None]:
    try:
        yield
    # What a broken archive makes the libraries raise, a seek before the beginning among it.
    except (
        zipfile.BadZipFile,
        zlib.error,
        zstandard.ZstdError,
        struct.error,
        EOFError,
        OSError,
        RuntimeError,
    ) as problem:
        if isinstance(problem, RecursionError):
            raise
        raise NotALog("The file is cut off, encrypted or broken: it cannot be unpacked.") from None


def _refuse_outside(name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in parts[0]:
        raise NotALog(f"The ZIP names a file outside itself, “{name[:80]}”.")


def _hidden(name: str) -> bool:
    """What archivers add by themselves."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")
