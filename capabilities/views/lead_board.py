"""The board of a product: lead, level or trail for each capability and agreed rival."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from capabilities.middleware import current_product, current_versions
from capabilities.queries.lead_board import Lead, LeadBoard, LeadCell, Stands, lead_board
from capabilities.services.standings import catch_up
from capabilities.views.access import product_or_404
from capabilities.views.exports import send
from config import words
from config.people.access import requires

COUNTED: tuple[Stands, ...] = ("lead", "level", "trail")
LOOKS = {
    "lead": ("▲", "met", "lead"),
    "trail": ("▼", "not-met", "trail"),
    "mixed": ("±", "open", "lead and trail"),
    "level": ("=", "none", "level"),
    "unknown": ("·", "none", "undecided"),
}
CSV_COLUMNS = (
    "capability",
    "rival",
    "against",
    "scorer",
    "slice",
    "stands",
    "difference",
    "low",
    "high",
    "unit",
    "cases",
    "run",
    "against_run",
)


@dataclass(frozen=True)
class CellShown:
    url: str
    glyph: str
    css: str
    word: str
    difference: str
    counts: str
    words: str


@require_safe
@requires("read")
def board(request: HttpRequest) -> HttpResponse:
    product = current_product(request)
    if product is None:
        return render(request, "capabilities/lead_board.html", {"product": None})
    due = catch_up(product)
    found = lead_board(product, current_versions(request))
    rows = [
        (
            row,
            [
                _cell(cell, row.capability, rival.name)
                for cell, rival in zip(row.cells, found.rivals, strict=True)
            ],
        )
        for row in found.rows
    ]
    shown = [(row, cells) for row, cells in rows if any(cell.url for cell in cells)]
    context = {
        "product": product,
        "due": due,
        "found": found,
        "rows": shown,
        "bare": len(rows) - len(shown),
    }
    return render(request, "capabilities/lead_board.html", context)


def _cell(cell: LeadCell, capability: Any, rival: str) -> CellShown:
    glyph, css, word = LOOKS[cell.stands]
    telling = cell.telling
    where = f"{capability.name if capability else 'Without a capability'} against {rival}"
    if telling is None:
        return CellShown("", glyph, css, word, "", "", f"{where}: not compared")
    counts = ((cell.count(stands), LOOKS[stands][2]) for stands in COUNTED)
    parts = [f"{count} {word}" for count, word in counts if count]
    span = (
        words.range_text(telling.low, telling.high, telling.unit, True)
        if telling.low is not None
        else "no range"
    )
    return CellShown(
        url=compare_url(telling),
        glyph=glyph,
        css=css,
        word=word,
        difference=f"{words.difference(telling.point, telling.unit)} ({span})",
        counts=" · ".join(parts) if len(cell.leads) > 1 else "",
        words=f"{where}: {word}; {telling.scorer}{f' on {telling.part}' if telling.part else ''}, n {telling.n:,}",
    )


def compare_url(lead: Lead) -> str:
    """The two runs behind a difference, side by side."""
    query = {"run": str(lead.run), "against": str(lead.against), "scorer": lead.scorer}
    if lead.part:
        query["slice"] = lead.part
    return f"{reverse('evaluations:compare')}?{urlencode(query)}"


@require_safe
@requires("read")
def board_csv(request: HttpRequest) -> HttpResponse:
    product = product_or_404(request)
    found = lead_board(product, current_versions(request))
    return send("csv", product, "board", records(found), CSV_COLUMNS)


def records(found: LeadBoard) -> Iterator[dict[str, Any]]:
    """A row for each comparison of each capability, positive where ours is better."""
    for row in found.rows:
        for cell, rival in zip(row.cells, found.rivals, strict=True):
            yield from _cell_records(row.capability.slug if row.capability else "", rival.slug, cell.leads)


def _cell_records(capability: str, rival: str, leads: Sequence[Lead]) -> Iterator[dict[str, Any]]:
    for lead in leads:
        yield {
            "capability": capability,
            "rival": rival,
            "against": lead.label,
            "scorer": lead.scorer,
            "slice": lead.part,
            "stands": lead.stands,
            "difference": lead.point,
            "low": lead.low,
            "high": lead.high,
            "unit": lead.unit,
            "cases": lead.n,
            "run": lead.run,
            "against_run": lead.against,
        }


urlpatterns = [
    path("board/capabilities/", board, name="board"),
    path("board/capabilities/rows.csv", board_csv, name="board-csv"),
]
