"""Exporters: rows become CSV (for spreadsheets, made safe), JSONL (lossless) or a ZIP with their files, piece by piece. One file each."""

from evaluations.exporters.csv_rows import csv_rows
from evaluations.exporters.jsonl_rows import jsonl_rows
from evaluations.exporters.packed_rows import packed_rows

__all__ = ["csv_rows", "jsonl_rows", "packed_rows"]
