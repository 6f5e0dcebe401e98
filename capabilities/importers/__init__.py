"""Files of requirements (CSV, Markdown, JSON) as rows and mistakes, line by line, whatever they hold."""

from collections.abc import Mapping

from capabilities.importers.csv_table import read_csv_table
from capabilities.importers.json_document import read_document, read_json
from capabilities.importers.markdown_table import read_markdown_table
from capabilities.importers.rows import guessed, is_field, read_rows
from capabilities.importers.text import text_of
from capabilities.importers.types import (
    Limits,
    Mistake,
    RequirementFile,
    Surroundings,
    Table,
    Written,
    Wrong,
)

__all__ = [
    "FORMATS",
    "Limits",
    "Mistake",
    "RequirementFile",
    "Surroundings",
    "Written",
    "Wrong",
    "format_of",
    "is_field",
    "read_document",
    "read_requirements",
]

FORMATS = {"csv": "CSV", "markdown": "Markdown", "json": "JSON"}
ENDINGS = {".csv": "csv", ".tsv": "csv", ".md": "markdown", ".markdown": "markdown", ".json": "json"}


def format_of(name: str, data: bytes) -> str:
    """The format by the ending of the name, else by how the text begins."""
    for ending, known in ENDINGS.items():
        if name.lower().endswith(ending):
            return known
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        return "json"
    return "markdown" if start.startswith((b"#", b"---", b"<!--")) or b"\n## " in data else "csv"


def read_requirements(
    data: bytes, kind: str, limits: Limits, columns: Mapping[str, str | None] | None = None
) -> RequirementFile:
    """Rows and mistakes of a file. columns: by heading, what each is read as where somebody said so; the rest is guessed."""
    text = text_of(data, limits)
    if isinstance(text, Mistake):
        return RequirementFile(mistakes=(text,), stopped=True)
    if kind == "json":
        return read_json(text, limits)
    table: Table = read_markdown_table(text, limits) if kind == "markdown" else read_csv_table(text, limits)
    return read_rows(table, guessed(table, columns), limits, escaped=kind == "markdown")
