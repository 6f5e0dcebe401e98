"""What a list shows, as a file that is sent as it is made."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from defusedcsv import csv
from django.http import HttpResponse, StreamingHttpResponse

from capabilities.models import Product
from capabilities.queries.columns import Column, only_columns
from capabilities.queries.requirement_rows import as_record
from capabilities.queries.states import RequirementState


class _Line:
    """What the writer of CSV takes for a file: the line comes back instead of being kept."""

    def write(self, line: str) -> str:
        return line


def export(
    kind: str, product: Product, states: Iterable[RequirementState], columns: Sequence[Column] | None = None
) -> HttpResponse:
    """The requirements of a list, of these columns or all. kind: csv or json."""
    records: Iterable[Mapping[str, Any]] = map(as_record, states)
    if columns is not None:
        records = (only_columns(record, columns) for record in records)
    return send(kind, product, "requirements", records)


def send(
    kind: str,
    product: Product,
    noun: str,
    records: Iterable[Mapping[str, Any]],
    columns: Sequence[str] = ("key", "title"),
) -> HttpResponse:
    """Records as one file. Cells that a spreadsheet would run as formulas are defused. columns: the heading of an empty CSV."""
    name = f"{product.key.lower()}-{noun}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    kinds = {"json": "application/json", "csv": "text/csv; charset=utf-8"}
    lines = _json(product, noun, records) if kind == "json" else _csv(records, columns)
    return cast(HttpResponse, StreamingHttpResponse(lines, content_type=kinds[kind], headers=headers))


def _json(product: Product, noun: str, records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield f'{{"product": {json.dumps(product.key)}, "{noun}": ['
    for number, record in enumerate(records):
        yield f"{',' if number else ''}\n{json.dumps(record)}"
    yield "\n]}\n"


def _csv(records: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    writer, headed = csv.writer(_Line()), False
    for record in records:
        if not headed:
            columns, headed = list(record), True
            yield writer.writerow(columns)
        yield writer.writerow([_cell(record[column]) for column in columns])
    if not headed:
        yield writer.writerow(columns)


def _cell(value: object) -> object:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else value
