"""Cases and the files they name in one ZIP: read in memory under limits, nothing is ever unpacked to a disk."""

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO

from evaluations.importers.cases import CaseFile, Limits, RowProblem
from evaluations.importers.csv_cases import read_csv
from evaluations.importers.jsonl_cases import read_jsonl

Reader = Callable[[BinaryIO, Limits | None, Mapping[str, str]], CaseFile]
READERS: dict[str, Reader] = {"csv": read_csv, "tsv": read_csv, "jsonl": read_jsonl, "ndjson": read_jsonl}
PIECE = 1 << 16


@dataclass(frozen=True)
class ZipLimits:
    """What a ZIP may hold. Bytes are counted as they are read, whatever its own list says."""

    members: int = 5_000
    bytes: int = 256 << 20
    one: int = 20 << 20


@dataclass(frozen=True)
class PackedCases:
    """found: rows whose attachments are hashes; files, names: content and name in the ZIP of those that rows use, by hash."""

    found: CaseFile
    files: Mapping[str, bytes] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


class BadZip(ValueError):
    """The ZIP cannot be used; the text says why and what to do."""


def read_packed(data: bytes, limits: ZipLimits | None = None) -> PackedCases:
    """Cases of a ZIP with one CSV or JSONL file and the files its rows name. Never raises for input."""
    try:
        members = dict(_members(data, limits or ZipLimits()))
        name = _cases_file(members)
    except BadZip as problem:
        return PackedCases(CaseFile((), (RowProblem(0, str(problem)),), stopped=True))
    content = members.pop(name)
    hashes = {member: hashlib.sha256(held).hexdigest() for member, held in members.items()}
    found = READERS[_ending(name)](BytesIO(content), Limits(), _beside(name, hashes))
    used = {digest for row in found.rows for digest in row.attachments}
    by_hash = {digest: members[member] for member, digest in hashes.items() if digest in used}
    idle = sorted(member for member, digest in hashes.items() if digest not in used)
    names = {digest: member for member, digest in hashes.items() if digest in used}
    return PackedCases(_with_idle(found, idle), by_hash, names)


def _members(data: bytes, limits: ZipLimits) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            every = archive.infolist()
            for one in every:
                _refuse_outside(one.filename)
            listed = [one for one in every if not one.is_dir() and not _hidden(one.filename)]
            if len(listed) > limits.members:
                raise BadZip(f"The ZIP has {len(listed):,} files; at most {limits.members:,} are read.")
            if len({one.filename for one in listed}) < len(listed):
                raise BadZip("The ZIP has two files of one name.")
            left = limits.bytes
            for one in listed:
                held = _held(archive, one, limits, left)
                left -= len(held)
                yield one.filename, held
    except BadZip:
        raise
    # What a broken archive makes the library raise, a seek before the beginning among it.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError, struct.error):
        raise BadZip("The ZIP cannot be read; it is cut off, encrypted or broken. Pack it anew.") from None


def _held(archive: zipfile.ZipFile, one: zipfile.ZipInfo, limits: ZipLimits, left: int) -> bytes:
    cases = _ending(one.filename) in READERS
    most = left if cases else min(left, limits.one)
    pieces, read = [], 0
    with archive.open(one) as stream:
        while piece := stream.read(PIECE):
            read += len(piece)
            if read > most:
                raise BadZip(_too_large(one.filename, limits, whole=most == left))
            pieces.append(piece)
    return b"".join(pieces)


def _refuse_outside(name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in parts[0]:
        raise BadZip(f"The ZIP names a file outside itself, “{name[:80]}”. Pack it anew.")


def _too_large(name: str, limits: ZipLimits, *, whole: bool) -> str:
    if whole:
        return (
            f"The ZIP holds more than {limits.bytes >> 20} MB once it is unpacked. Send it in several parts."
        )
    return f"“{name[:80]}” holds more than {limits.one >> 20} MB; make it smaller."


def _cases_file(members: Mapping[str, bytes]) -> str:
    found = [name for name in members if _ending(name) in READERS]
    if len(found) != 1:
        there = "none" if not found else ", ".join(found[:5])
        raise BadZip(f"The ZIP needs one file of cases that ends in .jsonl or .csv; there is {there}.")
    return found[0]


def _beside(cases: str, hashes: Mapping[str, str]) -> dict[str, str]:
    """Names as rows may write them: from the top of the ZIP, and from the folder of the file of cases."""
    folder = cases.rpartition("/")[0]
    near = {
        name.removeprefix(f"{folder}/"): digest
        for name, digest in hashes.items()
        if folder and name.startswith(f"{folder}/")
    }
    return {**hashes, **near}


def _with_idle(found: CaseFile, idle: list[str]) -> CaseFile:
    if not idle or found.stopped:
        return found
    names = ", ".join(f"“{name[:60]}”" for name in idle[:5]) + (" …" if len(idle) > 5 else "")
    told = RowProblem(0, f"No case that is imported uses {names}; not kept.", row_kept=True)
    return CaseFile(found.rows, (*found.problems, told))


def _hidden(name: str) -> bool:
    """What archivers add by themselves."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()
