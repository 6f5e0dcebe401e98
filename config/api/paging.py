from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

if TYPE_CHECKING:
    from rest_framework.views import APIView

PAGE_SIZE = 50
LARGEST_PAGE = 200
LARGEST_ID = 2**63 - 1
M = TypeVar("M", bound=Model)
Row = TypeVar("Row")


class Pages(PageNumberPagination):
    """`?page=2&page_size=100`: count, next, previous, results."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE


def _whole_number(request: Request, name: str, largest: int) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= largest):
        raise ValidationError({name: [f"Give a whole number from 0 to {largest}."]})
    return int(text)


class KeysetPages(BasePagination):
    """For long tables: `?after=ID&page_size=100`, newest first unless the view sets
    `keyset_ascending`.

    Reply: next (a URL or null) and results. Nothing is counted and nothing skipped, so any slice costs the
    same. One query.
    """

    next_url: str | None = None

    def paginate_queryset(
        self, queryset: QuerySet[M, Row], request: Request, view: APIView | None = None
    ) -> list[Row]:
        ascending = getattr(view, "keyset_ascending", False)
        after = _whole_number(request, "after", LARGEST_ID)
        size = min(_whole_number(request, "page_size", LARGEST_ID) or PAGE_SIZE, LARGEST_PAGE)
        if after is not None:
            queryset = queryset.filter(**{"pk__gt" if ascending else "pk__lt": after})
        found = list(queryset.order_by("pk" if ascending else "-pk")[: size + 1])
        shown = found[:size]
        if len(found) > size:
            last: Any = shown[-1]
            self.next_url = replace_query_param(request.build_absolute_uri(), "after", str(last.pk))
        return shown

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next_url, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {"type": "string", "format": "uri", "nullable": True},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            _parameter("after", "Id the slice starts after."),
            _parameter("page_size", f"Up to {LARGEST_PAGE}; {PAGE_SIZE} when absent."),
        ]


def _parameter(name: str, description: str) -> dict[str, Any]:
    whole = {"type": "integer", "minimum": 0}
    return {"name": name, "in": "query", "required": False, "schema": whole, "description": description}
