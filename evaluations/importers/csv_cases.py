"""Cases from CSV with the columns key, input, target, cluster, attachments, slice.<name>, meta.<name>."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from evaluations.canonical import JsonRefused, parse_json
from evaluations.importers.cases import (
    COLUMNS,
    BadRow,
    CaseFile,
    CaseRow,
    Found,
    Limits,
    RowProblem,
    Stop,
    attachment_hashes,
    checked_cluster,
    checked_key,
    gather,
    lines_of,
    made_key,
)

MAX_CELL = 4 << 20
# One setting for the whole process in the csv module; its default of 128 KiB is too small for long inputs.
csv.field_size_limit(MAX_CELL)
PREFIXES = ("slice.", "meta.")


def read_csv(
    stream: BinaryIO, limits: Limits | None = None, files: Mapping[str, str] | None = None
) -> CaseFile:
    """Cases and problems of a CSV file in UTF-8, separated by commas, semicolons or tabs. Never raises for input.

    A cell of input or target that is a JSON object or list is read as one; every other cell is text.
    attachments: hashes or names with semicolons between; files: SHA-256 by name of the files that came with it.
    """
    limits = limits or Limits()
    return gather(_found(stream, limits, files or {}), limits)


def _found(stream: BinaryIO, limits: Limits, files: Mapping[str, str]) -> Iterator[Found]:
    records = csv_records(stream, limits)
    header: list[str] | None = None
    for line, cells in records:
        if isinstance(cells, str):
            yield RowProblem(line, cells)
        elif header is None:
            header = [cell.strip() for cell in cells]
            yield from _header_problems(line, header)
        elif any(cell.strip() for cell in cells):
            yield _row(line, header, cells, limits, files)


def csv_records(stream: BinaryIO, limits: Limits) -> Iterator[tuple[int, list[str] | str]]:
    """The first line and the cells of each record, or a sentence where the record cannot be read."""
    source = _Source(stream, limits)
    reader = csv.reader(source, delimiter=source.delimiter, strict=True)
    while True:
        first = source.number + 1
        try:
            yield first, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield first, broken_marks(error)


def broken_marks(error: csv.Error) -> str:
    """Why a record cannot be read, as a sentence."""
    reason = str(error)
    if "unexpected end of data" in reason:
        return "A quotation mark is opened here and never closed; everything after it was not read."
    if "field limit" in reason:
        return f"A cell is longer than {MAX_CELL:,} characters; is a quotation mark left open?"
    if "new-line character" in reason:
        return "The lines end in a way that is no longer used; save the file as CSV UTF-8."
    return f"The quotation marks cannot be read: {reason}. Double a mark that is part of the text."


class _Source:
    """The lines of a file as text, with the number of the line read last. Broken bytes become half surrogates."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self.number = 0
        self._lines = lines_of(stream, limits)
        self._first = self._read()
        self.number = 0
        self.delimiter = _delimiter(self._first or "")

    def __iter__(self) -> Iterator[str]:
        if self._first is not None:
            self.number = 1
            yield self._first
        while (line := self._read()) is not None:
            yield line

    def _read(self) -> str | None:
        number, line = next(self._lines, (0, None))
        if line is None:
            return None
        self.number = number
        return line.decode("utf-8", "surrogateescape")


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _header_problems(line: int, header: Sequence[str]) -> Iterator[Found]:
    twice = {name for name in header if header.count(name) > 1 and name}
    if twice:
        raise Stop(line, f"The column {_listed(twice)} is there twice.")
    if "input" not in header:
        raise Stop(
            line, "There is no column “input”; the first line must name the columns: key,input,target."
        )
    unknown = [name for name in header if name not in COLUMNS and not _prefixed(name)]
    if unknown:
        advice = "name it slice.… or meta.… to keep it"
        yield RowProblem(line, f"The column {_listed(unknown)} is not used; {advice}.", row_kept=True)


def _listed(names: Any) -> str:
    return ", ".join(f"“{name[:60]}”" for name in sorted(names))


def _prefixed(name: str) -> bool:
    return any(name.startswith(prefix) and len(name) > len(prefix) for prefix in PREFIXES)


def _row(
    line: int, header: Sequence[str], cells: Sequence[str], limits: Limits, files: Mapping[str, str]
) -> Found:
    if len(cells) != len(header):
        return RowProblem(line, f"The row has {len(cells)} cells and the header {len(header)}.")
    try:
        texts = {name: _text(name, cell) for name, cell in zip(header, cells, strict=True)}
        return _case(line, texts, limits, files)
    except BadRow as problem:
        return RowProblem(line, str(problem))


def _text(name: str, cell: str) -> str:
    if "\x00" in cell:
        raise BadRow(f"The cell “{name}” holds a NUL character.")
    if not cell.isascii() and any("\ud800" <= character <= "\udfff" for character in cell):
        raise BadRow(f"The cell “{name}” is not UTF-8.")
    return cell


def _case(line: int, cells: dict[str, str], limits: Limits, files: Mapping[str, str]) -> CaseRow:
    case_input = _value("input", cells["input"], limits)
    if case_input == "":
        raise BadRow("The cell “input” is empty.")
    target = _value("target", cells.get("target", ""), limits)
    target = None if target == "" else target
    names = [name.strip() for name in cells.get("attachments", "").split(";")]
    attachments = attachment_hashes([name for name in names if name], files)
    return CaseRow(
        line=line,
        key=checked_key(cells.get("key", "")) or made_key(case_input, target, attachments),
        input=case_input,
        target=target,
        slices=_named(cells, "slice."),
        cluster=checked_cluster(cells.get("cluster", "")),
        metadata=_named(cells, "meta."),
        attachments=attachments,
    )


def _named(cells: dict[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): cell.strip()
        for name, cell in cells.items()
        if name.startswith(prefix) and cell.strip()
    }


def _value(name: str, cell: str, limits: Limits) -> Any:
    text = cell.strip()
    if not text.startswith(("{", "[")):
        return cell if text else ""
    try:
        return parse_json(text, limits.depth)
    except JsonRefused as problem:
        raise BadRow(f"The JSON in “{name}” cannot be used: {problem}") from None
    except ValueError:
        return cell  # a text that only begins like JSON: "[laughs] hello"
