"""Exporters: rows become CSV (for spreadsheets, made safe) or JSONL (lossless), piece by piece. One file each."""

from evaluations.exporters.csv_rows import csv_rows
from evaluations.exporters.jsonl_rows import jsonl_rows

__all__ = ["csv_rows", "jsonl_rows"]
