"""What a list shows, as a file."""

import io
from collections.abc import Sequence

from defusedcsv import csv
from django.http import HttpResponse, JsonResponse

from capabilities.models import Product
from capabilities.queries.requirement_rows import as_record
from capabilities.queries.states import RequirementState


def export(kind: str, product: Product, states: Sequence[RequirementState]) -> HttpResponse:
    """kind: csv or json. Cells that a spreadsheet would run as formulas are defused."""
    records = [as_record(state) for state in states]
    name = f"{product.key.lower()}-requirements.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if kind == "json":
        return JsonResponse({"product": product.key, "requirements": records}, headers=headers)
    text = io.StringIO()
    writer = csv.writer(text)
    columns = list(records[0]) if records else ["key", "title"]
    writer.writerow(columns)
    for record in records:
        writer.writerow([_cell(record[column]) for column in columns])
    return HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _cell(value: object) -> object:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else value
