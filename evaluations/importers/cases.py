"""Cases from CSV, JSONL and pasted text: good rows and problems, line by line, whatever the file holds."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from evaluations.canonical import sha256_of

COLUMNS = ("key", "input", "target", "cluster", "attachments")
MAX_KEY = 120
MAX_CLUSTER = 200
MAX_ATTACHMENTS = 32
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold at most. Bytes are counted as read, not as announced."""

    file_bytes: int = 200 << 20
    row_bytes: int = 4 << 20
    rows: int = 200_000
    problems: int = 1_000
    depth: int = 20


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case as the file has it. input and target are JSON values; a case without a key has one made of both.

    attachments are SHA-256 hashes of stored content, 64 hex digits each.
    """

    line: int
    key: str
    input: Any
    target: Any = None
    slices: Mapping[str, str] = field(default_factory=dict)
    cluster: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a line is no case, or (row_kept) what of it was left out. Line 0 speaks of the whole file."""

    line: int
    reason: str
    row_kept: bool = False


Found = CaseRow | RowProblem


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What was found. stopped: the file was not read to its end, because of a limit or because it is no such file."""

    rows: tuple[CaseRow, ...]
    problems: tuple[RowProblem, ...]
    stopped: bool = False


class Stop(Exception):
    """Reading cannot go on; carries the problem that says why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.problem = RowProblem(line, reason)


class BadRow(ValueError):
    """The row is no case; the text is a sentence."""


def gather(found: Iterable[Found], limits: Limits) -> CaseFile:
    """Good rows and problems; a key that was there before is a problem of the later line."""
    rows: list[CaseRow] = []
    problems: list[RowProblem] = []
    lines: dict[str, int] = {}
    try:
        for entry in found:
            if isinstance(entry, CaseRow):
                entry = _only_once(entry, lines)
            if isinstance(entry, RowProblem):
                problems.append(entry)
            else:
                rows.append(entry)
            _stop_at(limits, rows, problems, entry.line)
    except Stop as stop:
        return CaseFile(tuple(rows), (*problems, stop.problem), stopped=True)
    if not rows and not problems:
        problems.append(RowProblem(0, "The file holds no case."))
    return CaseFile(tuple(rows), tuple(problems))


def _only_once(row: CaseRow, lines: dict[str, int]) -> Found:
    first = lines.setdefault(row.key, row.line)
    if first == row.line:
        return row
    return RowProblem(row.line, f"The key “{row.key[:80]}” is there already, in line {first}.")


def _stop_at(limits: Limits, rows: list[CaseRow], problems: list[RowProblem], line: int) -> None:
    if len(rows) > limits.rows:
        rows.pop()
        raise Stop(line, f"The file holds more than {limits.rows:,} cases; the rest was not read.")
    if len(problems) >= limits.problems:
        raise Stop(line, f"There are {limits.problems:,} problems or more; the rest was not read.")


def lines_of(stream: BinaryIO, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line, without a UTF-8 byte order mark. Raises Stop at a limit or for another encoding."""
    read = 0
    number = 0
    while line := stream.readline(limits.row_bytes + 1):
        number += 1
        read += len(line)
        if number == 1:
            line = _without_mark(line)
        if len(line) > limits.row_bytes:
            raise Stop(number, f"The line is longer than {limits.row_bytes:,} bytes; the rest was not read.")
        if read > limits.file_bytes:
            raise Stop(number, f"The file is larger than {limits.file_bytes:,} bytes; the rest was not read.")
        yield number, line


def _without_mark(line: bytes) -> bytes:
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Stop(0, "The file is in UTF-16; save it as UTF-8.")
    if line.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise Stop(0, "The file is compressed or a spreadsheet; save it as CSV or JSONL.")
    return line.removeprefix(b"\xef\xbb\xbf")


def checked_key(key: str) -> str:
    """The key without space around it. Raises BadRow when it is too long or holds control characters."""
    key = key.strip()
    if len(key) > MAX_KEY:
        raise BadRow(f"The key is longer than {MAX_KEY} characters.")
    if not key.isprintable():
        raise BadRow("The key holds characters that cannot be seen.")
    return key


def checked_cluster(cluster: str) -> str:
    """The cluster without space around it. Raises BadRow when it is too long."""
    cluster = cluster.strip()
    if len(cluster) > MAX_CLUSTER:
        raise BadRow(f"The cluster is longer than {MAX_CLUSTER} characters.")
    return cluster


def made_key(case_input: Any, target: Any, attachments: Sequence[str] = ()) -> str:
    """A key for a case without one: the same for the same input, target and attachments, in any file."""
    return "case-" + sha256_of([case_input, target, *([list(attachments)] if attachments else [])])[:12]


def attachment_hashes(value: Any, files: Mapping[str, str]) -> tuple[str, ...]:
    """The hashes of a row's attachments, each given as its hash or as the name of a file that came with it.

    files: hash by name. Raises BadRow.
    """
    given = value if isinstance(value, list) else [None]
    if not all(isinstance(one, str) for one in given):
        raise BadRow("The field “attachments” must be a list of SHA-256 hashes or names of files.")
    if len(given) > MAX_ATTACHMENTS:
        raise BadRow(f"The case has {len(given)} attachments; at most {MAX_ATTACHMENTS} are kept.")
    return tuple(_hash_of(one, files) for one in given)


def _hash_of(given: str, files: Mapping[str, str]) -> str:
    if given in files:
        return files[given]
    if _HASH.fullmatch(given):
        return given
    where = (
        "in the ZIP" if files else "with these cases; send both in one ZIP, or name it by its SHA-256 hash"
    )
    raise BadRow(f"There is no file “{given[:80]}” {where}.")
