"""Requirements from CSV: a line of headings, then a row each."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from capabilities.importers.types import Cell, Limits, Mistake, Record, Table

LINE = re.compile(r"[^\n]*\n|[^\n]+")
GUARDED = re.compile(r"'+\s*[=+\-@|%\t\r\n]")
Row = tuple[int, list[str] | str]


def read_csv_table(text: str, limits: Limits) -> Table:
    """Cells and mistakes, separated by commas, semicolons or tabs. Never raises for input."""
    rows = list(_rows(text, limits))
    if not rows:
        return Table(mistakes=(Mistake(0, "The file is empty."),))
    line, headings = rows[0]
    if isinstance(headings, str):
        return Table(mistakes=(Mistake(line, headings),), stopped=True)
    names = tuple(undefused(heading).strip() for heading in headings)
    if wrong := _wrong_headings(names, limits):
        return Table(names, mistakes=(Mistake(line, wrong),), stopped=True)
    records, mistakes = [], []
    for number, cells in rows[1:]:
        if isinstance(cells, str):
            mistakes.append(Mistake(number, cells))
        elif len(cells) != len(names):
            mistakes.append(
                Mistake(number, f"The row has {len(cells)} cells and the first line {len(names)}.")
            )
        else:
            records.append(_record(number, names, cells))
    stopped = len(records) > limits.rows
    if stopped:
        mistakes.append(
            Mistake(records[limits.rows].line, f"There are more than {limits.rows:,} rows; split the file.")
        )
    return Table(names, tuple(records[: limits.rows]), tuple(mistakes[: limits.mistakes]), stopped)


def _wrong_headings(names: Sequence[str], limits: Limits) -> str:
    if len(names) > limits.columns:
        return f"There are {len(names)} columns; {limits.columns} is the most."
    if twice := [name for name, times in Counter(names).items() if name and times > 1]:
        return f"The column “{twice[0][:60]}” is there twice."
    if long := [name for name in names if len(name) > 200]:
        return f"The heading “{long[0][:60]}…” is too long to be one; the first line names the columns."
    return "" if any(names) else "The first line names no column."


def _record(line: int, names: Sequence[str], cells: Sequence[str]) -> Record:
    return Record(
        line,
        {name: Cell(line, undefused(cell)) for name, cell in zip(names, cells, strict=True) if name},
    )


def undefused(cell: str) -> str:
    """The text without the apostrophe that an export puts before what a spreadsheet would run."""
    return cell[1:] if GUARDED.match(cell) else cell


def _rows(text: str, limits: Limits) -> Iterator[Row]:
    """The first line and the cells of each row, or a sentence; one row more than the limit, at most."""
    lines = LINE.findall(text)
    source = _Counted(lines)
    csv.field_size_limit(max(csv.field_size_limit(), limits.file_bytes))
    reader = csv.reader(source, delimiter=max(",;\t", key=(lines or [""])[0].count), strict=True)
    for _ in range(limits.rows * 2 + 2):
        first = source.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _unreadable(error, lines, first, source.number)
            continue
        if any(cell.strip() for cell in cells):
            yield first, cells


class _Counted:
    def __init__(self, lines: Sequence[str]) -> None:
        self.number = 0
        self._lines = lines

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.number += 1
            yield line


def _unreadable(error: csv.Error, lines: Sequence[str], first: int, last: int) -> Row:
    reason = str(error)
    if "unexpected end of data" in reason:
        opened = _opened(lines, first)
        return (
            opened,
            "A quotation mark is opened in this line and never closed; everything after it was not read.",
        )
    if "new-line character" in reason:
        return last, "The lines end in a way that is no longer used; save the file as CSV UTF-8."
    return last, (
        f"The quotation marks cannot be read: {reason}. Double a mark that is part of the text"
        f"{f'; the row begins in line {first}' if first != last else ''}."
    )


def _opened(lines: Sequence[str], first: int) -> int:
    """The line of the last quotation mark that opens, in a row that never ends."""
    within, opened = False, first
    for number, line in enumerate(lines[first - 1 :], start=first):
        for mark in re.findall(r'"', line):
            within = not within
            opened = number if within and mark else opened
    return opened
