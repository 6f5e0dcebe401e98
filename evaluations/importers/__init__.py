"""Importers: files and lines from outside become plain rows and problems. One file per format.

None of them raises for what a file holds: what cannot be used is a problem with its line and a sentence.
"""

from collections.abc import Callable
from typing import BinaryIO

from evaluations.importers.cases import CaseFile, CaseRow, Limits, RowProblem
from evaluations.importers.csv_cases import read_csv
from evaluations.importers.jsonl_cases import read_jsonl
from evaluations.importers.packed_cases import PackedCases, ZipLimits, read_packed
from evaluations.importers.parquet_cases import read_parquet
from evaluations.importers.pasted_cases import read_pasted
from evaluations.importers.texts import is_table, read_rows, read_text

__all__ = [
    "CaseFile",
    "CaseRow",
    "Limits",
    "PackedCases",
    "RowProblem",
    "ZipLimits",
    "is_table",
    "read_cases",
    "read_csv",
    "read_jsonl",
    "read_packed",
    "read_parquet",
    "read_pasted",
    "read_rows",
    "read_text",
]

READERS: dict[str, Callable[[BinaryIO, Limits | None], CaseFile]] = {
    "csv": read_csv,
    "tsv": read_csv,
    "jsonl": read_jsonl,
    "ndjson": read_jsonl,
    "parquet": read_parquet,
}


def read_cases(stream: BinaryIO, filename: str, limits: Limits | None = None) -> CaseFile:
    """Cases and problems of a file; the end of its name says which format. Never raises for input."""
    ending = filename.rsplit(".", 1)[-1].lower()
    reader = READERS.get(ending)
    if reader is None:
        reason = f"A file that ends in .{ending[:20]} cannot be read; use .csv, .jsonl or .parquet."
        return CaseFile((), (RowProblem(0, reason),), stopped=True)
    return reader(stream, limits)
