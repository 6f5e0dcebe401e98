"""What a list shows, as a file: every row under the filters in its address, not one page of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse

from evaluations.exporters import csv_rows

Row = TypeVar("Row", bound=Model)
MOST_ROWS = 10_000
FORMATS = ("csv", "json")


def wants_file(request: HttpRequest) -> bool:
    """True for ?format=csv and ?format=json; anything else is the page."""
    return request.GET.get("format") in FORMATS


def list_file(
    request: HttpRequest,
    noun: str,
    rows: QuerySet[Row],
    columns: Sequence[str],
    values: Callable[[list[Row]], Iterable[Sequence[Any]]],
) -> HttpResponse:
    """The rows in their order, at most 10,000, one record each.

    noun: the plural, which names the file and the list in the JSON. values: of each row, in the order of `columns`. Where rows were
    left out the file is called `<noun>-first-10000` and the JSON says `"cut": true`.
    """
    found = list(rows[: MOST_ROWS + 1])
    shown = found[:MOST_ROWS]
    cut = len(found) > len(shown)
    kind = request.GET["format"]
    headers = {"Content-Disposition": f'attachment; filename="{_name(noun, cut=cut)}.{kind}"'}
    records = [dict(zip(columns, row, strict=True)) for row in values(shown)]
    return _json(noun, records, headers, cut=cut) if kind == "json" else _csv(records, columns, headers)


def _name(noun: str, *, cut: bool) -> str:
    return f"{noun}-first-{MOST_ROWS}" if cut else noun


def _json(
    noun: str, records: Sequence[Mapping[str, Any]], headers: dict[str, str], *, cut: bool
) -> HttpResponse:
    return JsonResponse({noun: records, "cut": cut}, headers=headers)


def _csv(
    records: Sequence[Mapping[str, Any]], columns: Sequence[str], headers: dict[str, str]
) -> HttpResponse:
    body = csv_rows(records, columns)
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=headers)
