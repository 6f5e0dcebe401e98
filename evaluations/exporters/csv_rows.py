"""Rows as CSV for spreadsheets: no cell is ever run as a formula."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from io import StringIO
from typing import Any

from defusedcsv import csv

from evaluations.canonical import CanonicalError, canonical_json

PIECE = 64_000


def csv_rows(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = ()) -> Iterator[str]:
    """CSV text in pieces of about 64,000 characters, header first, lines ending in CRLF.

    columns: the order; by default that of the first row. Missing values and None are empty cells, objects and lists
    JSON, dates ISO 8601. Texts that a spreadsheet would run as a formula get an apostrophe in front (so JSONL, not
    CSV, is the lossless export); numbers stay numbers.
    """
    rows = iter(rows)
    first = next(rows, None)
    names = list(columns) or list(first or ())
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow([_guarded(name) for name in names])
    if first is not None:
        writer.writerow(_cells(first, names))
    for row in rows:
        writer.writerow(_cells(row, names))
        if buffer.tell() > PIECE:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _cells(row: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    return [_cell(row.get(name)) for name in names]


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict | list | tuple):
        return _guarded(_json(value))
    return _guarded(str(value))


def _json(value: Any) -> str:
    try:
        return canonical_json(value)
    except CanonicalError:
        return str(value)


def _guarded(text: str) -> str:
    """Covers what defusedcsv leaves: a control character or space in front, which spreadsheets pass over."""
    text = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    bare = text.lstrip()
    if text[:1] in ("\t", "\r", "\n") or (bare != text and bare[:1] in tuple("=+-@|%")):
        return "'" + text
    return text
