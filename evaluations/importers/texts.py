"""Cases typed or pasted into a page, in whichever way they are written."""

import csv
import io
from collections.abc import Collection, Iterator

from evaluations.importers.cases import CaseFile, CaseRow, Found, Limits, RowProblem, gather, made_key
from evaluations.importers.csv_cases import read_csv
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
        return read_csv(io.BytesIO(start.encode("utf-8", "replace")))
    return read_pasted(text)


def read_rows(text: str, slots: Collection[str]) -> CaseFile:
    """The same, and a table whose first line names every slot: its other columns are fields of the input, target or right what is right."""
    start = text.strip("\r\n")
    names = _heading(start)
    if not slots or "input" in slots or start.startswith("{") or not set(slots) <= set(names):
        return read_text(text)
    delimiter = _delimiter(start)
    reader = csv.reader(io.StringIO(start.replace("\x00", "")), delimiter=delimiter)
    return gather(_rows(reader, names), Limits(rows=5_000))


def _rows(reader: Iterator[list[str]], names: list[str]) -> Iterator[Found]:
    next(reader)
    for line, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names):
            yield RowProblem(
                line, f"The line has {len(cells)} cells and the first line names {len(names)} columns."
            )
            continue
        fields = dict(zip(names, [cell.strip() for cell in cells], strict=False))
        target = next((fields.pop(name) for name in TARGETS if name in fields), "") or None
        yield CaseRow(line=line, key=made_key(fields, target), input=fields, target=target)


def _delimiter(text: str) -> str:
    return max(",;\t", key=text.split("\n", 1)[0].count)


def _heading(text: str) -> list[str]:
    """The cells of the first line, as names of columns."""
    cells = text.split("\n", 1)[0].split(_delimiter(text))
    return [cell.strip().strip('"').lower() for cell in cells]
