"""Long lists, newest first, by id: as fast at their end as at their start."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from config.web import PAGE_SIZE

Row = TypeVar("Row", bound=Model)
LONGEST_ID = 18


@dataclass(frozen=True)
class Newest(Generic[Row]):
    """A part of a list. older: ?before= of the next part, None at the end; first: nothing newer was left out."""

    rows: list[Row]
    older: int | None
    first: bool


def newest_first(request: HttpRequest, rows: QuerySet[Row], size: int = PAGE_SIZE) -> Newest[Row]:
    """Rows before the id in ?before=, newest first; nonsense gives the newest. One query."""
    before = whole_number(request.GET.get("before", ""))
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: size + 1])
    shown = found[:size]
    return Newest(shown, shown[-1].pk if len(found) > size else None, first=not before)


def whole_number(text: str) -> int:
    """An id or cursor as it stands in an address; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else 0
