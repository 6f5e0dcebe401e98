"""Cases typed or pasted into a page, in whichever way they are written."""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import replace

from evaluations.importers.cases import CaseFile, CaseRow, Found, Limits, RowProblem, gather, made_key
from evaluations.importers.csv_cases import broken_marks, read_csv
from evaluations.importers.jsonl_cases import read_jsonl
from evaluations.importers.pasted_cases import read_pasted

TARGETS = ("target", "right")


def read_text(text: str) -> CaseFile:
    """Cases of a text: JSONL when it starts with a brace, CSV when its first line names the column input, else one case a line."""
    start = text.lstrip()
    if start.startswith("{"):
        return read_jsonl(io.BytesIO(text.encode("utf-8", "replace")))
    names = _heading(start)
    if "input" in names and (len(names) > 1 or start.split("\n", 1)[0].strip() == "input"):
        return _further_down(
            read_csv(io.BytesIO(start.encode("utf-8", "replace"))), _lines_before(text, start)
        )
    return read_pasted(text)


def is_table(text: str, slots: Collection[str]) -> bool:
    """Whether the first line names columns that can be used: input, or every slot."""
    names = _heading(text.strip("\r\n"))
    return "input" in names or (bool(slots) and set(slots) <= set(names))


def read_rows(text: str, slots: Collection[str]) -> CaseFile:
    """The same, and a table whose first line names every slot: its other columns are fields of the input, target or right what is right."""
    start = text.strip("\r\n")
    names = _heading(start)
    if not slots or "input" in slots or start.startswith("{") or not set(slots) <= set(names):
        return read_text(text)
    found = gather(_rows(start, names), Limits(rows=5_000))
    return _further_down(found, _lines_before(text, start))


def _rows(table: str, names: list[str]) -> Iterator[Found]:
    """Each record by the line it begins in; a record may hold line breaks between quotation marks."""
    reader = csv.reader(io.StringIO(table), delimiter=_delimiter(table), strict=True)
    next(reader)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RowProblem(line, broken_marks(error))
        else:
            if any(cell.strip() for cell in cells):
                yield _row(line, [cell.strip() for cell in cells], names)


def _row(line: int, cells: list[str], names: list[str]) -> Found:
    if len(cells) > len(names):
        return RowProblem(
            line, f"The line has {len(cells)} cells and the first line names {len(names)} columns."
        )
    if any("\x00" in cell for cell in cells):
        return RowProblem(line, "The line holds a NUL character.")
    fields = dict(zip(names, cells, strict=False))
    target = next((fields.pop(name) for name in TARGETS if name in fields), "") or None
    return CaseRow(line=line, key=made_key(fields, target), input=fields, target=target)


def _lines_before(text: str, start: str) -> int:
    """How many empty lines stand before what was read."""
    return text[: text.find(start.split("\n", 1)[0])].count("\n")


def _further_down(file: CaseFile, lines: int) -> CaseFile:
    """The same with the lines counted in the whole text; line 0 speaks of all of it."""
    rows = (replace(row, line=row.line + lines) for row in file.rows)
    problems = (replace(one, line=one.line and one.line + lines) for one in file.problems)
    return CaseFile(tuple(rows), tuple(problems), file.stopped)


def _delimiter(text: str) -> str:
    return max(",;\t", key=text.split("\n", 1)[0].count)


def _heading(text: str) -> list[str]:
    """The cells of the first line, as names of columns."""
    cells = text.split("\n", 1)[0].split(_delimiter(text))
    return [cell.strip().strip('"').lower() for cell in cells]
