"""Importers: files and lines from outside become plain rows and problems. One file per format.

None of them raises for what a file holds: what cannot be used is a problem with its line and a sentence.
"""

from collections.abc import Callable
from typing import BinaryIO

from evaluations.importers.cases import CaseFile, CaseRow, Limits, RowProblem
from evaluations.importers.csv_cases import read_csv
from evaluations.importers.every_eval_ever import read_every_eval_ever
from evaluations.importers.helm_logs import read_helm
from evaluations.importers.inspect_logs import read_inspect
from evaluations.importers.jsonl_cases import read_jsonl
from evaluations.importers.lm_eval_logs import read_lm_eval
from evaluations.importers.log_bundle import Bundle, LogLimits
from evaluations.importers.log_samples import LaidOut, Progress, laid_out
from evaluations.importers.logs import LogFigure, LogSample, LogTask, NotALog, as_written
from evaluations.importers.packed_cases import PackedCases, ZipLimits, read_packed
from evaluations.importers.parquet_cases import read_parquet
from evaluations.importers.pasted_cases import read_pasted
from evaluations.importers.texts import is_table, read_rows, read_text

__all__ = [
    "Bundle",
    "CaseFile",
    "CaseRow",
    "LaidOut",
    "Limits",
    "LogFigure",
    "LogLimits",
    "LogSample",
    "LogTask",
    "NotALog",
    "PackedCases",
    "Progress",
    "RowProblem",
    "ZipLimits",
    "as_written",
    "is_table",
    "laid_out",
    "read_cases",
    "read_csv",
    "read_jsonl",
    "read_log",
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
LOG_READERS: tuple[Callable[[Bundle], tuple[LogTask, ...] | None], ...] = (
    read_inspect,
    read_helm,
    read_every_eval_ever,
    read_lm_eval,
)


def read_cases(stream: BinaryIO, filename: str, limits: Limits | None = None) -> CaseFile:
    """Cases and problems of a file; the end of its name says which format. Never raises for input."""
    ending = filename.rsplit(".", 1)[-1].lower()
    reader = READERS.get(ending)
    if reader is None:
        reason = f"A file that ends in .{ending[:20]} cannot be read; use .csv, .jsonl or .parquet."
        return CaseFile((), (RowProblem(0, reason),), stopped=True)
    return reader(stream, limits)


def read_log(stream: BinaryIO, filename: str, limits: LogLimits | None = None) -> tuple[LogTask, ...]:
    """The tasks in a log of another evaluation tool, rows not read yet. Raises NotALog with what is wrong."""
    bundle = Bundle(stream, filename, limits)
    for reader in LOG_READERS:
        with as_written():
            found = reader(bundle)
        if found is not None:
            return found
    raise NotALog("This is no log of inspect-ai, lm-eval, HELM or Every Eval Ever that can be read here.")
