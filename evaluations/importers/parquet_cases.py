"""Cases from Parquet: the columns of the CSV or the fields of the JSONL, nested values as they are."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from evaluations.canonical import JsonRefused, parse_json
from evaluations.importers.cases import BadRow, CaseFile, Found, Limits, RowProblem, Stop, gather
from evaluations.importers.jsonl_cases import FIELDS, case_of_record

PREFIXES = {"slice.": "slices", "meta.": "metadata"}
ROWS_AT_ONCE = 64
MOST_COLUMNS = 500
# What is compressed may be this many times as large once it is read.
MOST_GROWTH = 20


def read_parquet(stream: BinaryIO, limits: Limits | None = None) -> CaseFile:
    """Cases and problems of a Parquet file, read a few rows at a time. Never raises for input. Lines are rows, from 1.

    A text of input or target that is a JSON object or list is read as one, as in a CSV.
    """
    limits = limits or Limits()
    return gather(_found(stream, limits), limits)


def _found(stream: BinaryIO, limits: Limits) -> Iterator[Found]:
    _check_size(stream, limits)
    try:
        yield from _rows(pq.ParquetFile(stream), limits)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        raise Stop(0, f"The file cannot be read as Parquet: {reason}.") from None


def _check_size(stream: BinaryIO, limits: Limits) -> None:
    if stream.seek(0, 2) > limits.file_bytes:
        raise Stop(0, f"The file is larger than {limits.file_bytes:,} bytes; nothing was read.")
    stream.seek(0)


def _rows(file: pq.ParquetFile, limits: Limits) -> Iterator[Found]:
    yield from _column_problems(file.schema_arrow.names)
    groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
    if sum(group.total_byte_size for group in groups) > limits.file_bytes * MOST_GROWTH:
        raise Stop(0, "The file grows too large when it is read; split it.")
    number = read = 0
    for batch in file.iter_batches(batch_size=ROWS_AT_ONCE):
        for row in batch.to_pylist(maps_as_pydicts="lossy"):
            number += 1
            try:
                text = _as_json(row, limits)
                read += len(text)
                yield case_of_record(number, _record(text, limits))
            except BadRow as problem:
                yield RowProblem(number, str(problem))
            if read > limits.file_bytes:
                raise Stop(
                    number, f"The cases hold more than {limits.file_bytes:,} bytes; the rest was not read."
                )


def _column_problems(names: Sequence[str]) -> Iterator[Found]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Stop(0, f"The column “{twice[0][:60]}” is there twice.")
    if len(names) > MOST_COLUMNS:
        raise Stop(0, f"There are more than {MOST_COLUMNS} columns.")
    if "input" not in names:
        raise Stop(0, "There is no column “input”; name the columns key, input, target.")
    unknown = sorted(name for name in names if name not in FIELDS and not _prefix(name))
    if unknown:
        listed = ", ".join(f"“{name[:60]}”" for name in unknown)
        yield RowProblem(0, f"The column {listed} is not used; name it slice.… or meta.… to keep it.", True)


def _prefix(name: str) -> str:
    return next((prefix for prefix in PREFIXES if name.startswith(prefix) and len(name) > len(prefix)), "")


def _as_json(row: Mapping[str, Any], limits: Limits) -> str:
    """The row as the line of JSONL that it stands for, so that both are held to the same rules."""
    record: dict[str, Any] = {name: row[name] for name in FIELDS if row.get(name) is not None}
    for name in ("slices", "metadata"):
        if isinstance(record.get(name), dict):
            # A struct has every field in every row.
            record[name] = {key: value for key, value in record[name].items() if value is not None}
    for name, value in row.items():
        if (prefix := _prefix(name)) and value is not None:
            kept = record.setdefault(PREFIXES[prefix], {})
            if not isinstance(kept, dict):
                raise BadRow(f"The column “{PREFIXES[prefix]}” must hold objects.")
            kept[name.removeprefix(prefix)] = value
    text = _dumped(record)
    if len(text) > limits.row_bytes:
        raise BadRow(f"The row is longer than {limits.row_bytes:,} characters.")
    return text


def _dumped(record: Mapping[str, Any]) -> str:
    try:
        return json.dumps(record, ensure_ascii=False, allow_nan=False, default=_plain)
    except BadRow:
        raise
    except (ValueError, RecursionError):
        raise BadRow("A number is not finite (NaN or infinity); leave the cell empty.") from None


def _plain(value: Any) -> Any:
    """What JSON has no form for, as JSON. Raises BadRow for bytes."""
    match value:
        case date() | time():  # a moment is a date, too
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case UUID():
            return str(value)
        case _:
            raise BadRow("A cell holds bytes; only texts, numbers, dates, lists and objects can be read.")


def _record(text: str, limits: Limits) -> dict[str, Any]:
    try:
        record: dict[str, Any] = parse_json(text, limits.depth)
        for name in ("input", "target"):
            record[name] = _unfolded(record.get(name), limits)
    except JsonRefused as problem:
        raise BadRow(str(problem)) from None
    return {name: value for name, value in record.items() if value is not None}


def _unfolded(value: Any, limits: Limits) -> Any:
    if not isinstance(value, str) or not value.strip().startswith(("{", "[")):
        return value
    try:
        return parse_json(value, limits.depth)
    except JsonRefused:
        raise
    except ValueError:
        return value  # a text that only begins like JSON
