"""The board: all models over the evaluations of a suite, or over all suites. The address holds what is shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from config.people.access import requires
from config.web import wants_partial
from evaluations.charts import Svg
from evaluations.charts.files import as_file
from evaluations.exporters import csv_rows
from evaluations.models import Side, Suite
from evaluations.queries.board_history import history_of
from evaluations.queries.board_usage import usage_of
from evaluations.queries.boards import Asked, Board, Column, board_of, boards_of_suites
from evaluations.queries.calibrations import UNCORRECTED
from evaluations.queries.claimed_scores import claims_by_measure
from evaluations.views import board_cells, board_pairs
from evaluations.views.addresses import address
from evaluations.views.board_suites import suites_shown
from evaluations.views.board_time import TimeShown, time_shown
from evaluations.views.board_trade import AGAINST, TradeShown, trade_shown

SHOWS = {
    "scores": "Scores and ranks",
    "pairs": "Pair by pair",
    "trade": "Cost and speed",
    "time": "Over time",
}


@dataclass(frozen=True)
class Chosen:
    """What the address asks for. suite None: all suites; notes: what could not be followed."""

    suite: Suite | None
    suites: Sequence[Suite]
    show: str
    asked: Asked
    by: str
    against: str
    model: str
    notes: Sequence[str]


@require_safe
@requires("read")
def board(request: HttpRequest) -> HttpResponse:
    chosen = _chosen(request)
    context: dict[str, Any] = {"chosen": chosen, "sides": Side.choices, "agreed": agreed_set(request)}
    if chosen.suite is None:
        context["overview"] = suites_shown(boards_of_suites(chosen.asked), agreed_models(request))
    else:
        context |= _suite_context(request, chosen, board_of(chosen.suite, chosen.asked))
    if wants_partial(request):
        return render(request, "evaluations/board_body.html", context | {"swapped": True})
    return render(request, "evaluations/board.html", context)


def _chosen(request: HttpRequest) -> Chosen:
    query = request.GET
    suites = list(Suite.objects.order_by("name", "slug"))
    slug = query.get("suite", "")
    suite = next((one for one in suites if one.slug == slug), None)
    notes = [] if suite or not slug else [f"There is no suite “{slug}”. All suites are shown."]
    show, against = query.get("show", ""), query.get("against", "")
    return Chosen(
        suite=suite,
        suites=suites,
        show=show if show in SHOWS else "scores",
        asked=asked_of(query),
        by=query.get("by", ""),
        against=against if against in AGAINST else "cost",
        model=query.get("model", ""),
        notes=notes,
    )


def asked_of(query: Any) -> Asked:
    """Whom a board shows, from the values of an address."""
    return Asked(
        every_version=query.get("versions") == "every",
        every_check=query.get("checks") == "every",
        sides=[side for side in query.getlist("side") if side in Side.values],
    )


def agreed_set(request: HttpRequest) -> Any:
    """Whom the reader's product agreed to be held against, where something set it; nothing while no set was agreed."""
    agreed = getattr(request, "agreed_rivals", None)
    return agreed if agreed is not None and agreed.number else None


def agreed_models(request: HttpRequest) -> frozenset[int] | None:
    agreed = agreed_set(request)
    return None if agreed is None else agreed.models


def _suite_context(request: HttpRequest, chosen: Chosen, found: Board) -> dict[str, Any]:
    tabs = [
        (label, address(request, show="" if name == "scores" else name), name)
        for name, label in SHOWS.items()
    ]
    context: dict[str, Any] = {
        "board": found,
        "tabs": tabs,
        "uncorrected": UNCORRECTED,
        **_downloads(request),
    }
    if not found.lines:
        return context
    return context | {
        "scores": _scores_context,
        "pairs": _pairs_context,
        "trade": _trade_context,
        "time": _time_context,
    }[chosen.show](request, chosen, found)


def _downloads(request: HttpRequest) -> dict[str, str]:
    query = request.GET.urlencode()
    names = {"svg_url": "evaluations:board-svg", "csv_url": "evaluations:board-csv"}
    return {key: f"{reverse(name)}?{query}" for key, name in names.items()}


def _scores_context(request: HttpRequest, chosen: Chosen, found: Board) -> dict[str, Any]:
    sort = request.GET.get("sort", "")
    lines = board_cells.by_column(found, sort)
    claims = claims_by_measure(map(board_cells.measure_of, found.columns))
    return {
        "columns": board_cells.columns_shown(found, sort),
        "lines": board_cells.lines_shown(found, lines, agreed_models(request), claims),
    }


def _pairs_context(request: HttpRequest, chosen: Chosen, found: Board) -> dict[str, Any]:
    column = _named(found, chosen.by)
    return {"by": column, "pairs": board_pairs.pair_lines(found, column)}


def _trade_context(request: HttpRequest, chosen: Chosen, found: Board) -> dict[str, Any]:
    againsts = [
        (label.capitalize(), address(request, against=name), name == chosen.against)
        for name, label in AGAINST.items()
    ]
    column, trade = _trade(chosen, found)
    return {"by": column, "trade": trade, "against": AGAINST[chosen.against], "againsts": againsts}


def _time_context(request: HttpRequest, chosen: Chosen, found: Board) -> dict[str, Any]:
    column, time = _time(chosen, found)
    return {"by": column, "time": time}


def _named(found: Board, key: str) -> Column | None:
    return next((column for column in found.columns if column.key == key), None)


def _trade(chosen: Chosen, found: Board) -> tuple[Column, TradeShown]:
    column = _named(found, chosen.by) or _first(found)
    return column, trade_shown(found, column, usage_of(list(column.runs.values())), chosen.against)


def _time(chosen: Chosen, found: Board) -> tuple[Column, TimeShown]:
    column = _named(found, chosen.by) or _first(found)
    return column, time_shown(history_of(column.version.evaluation, column.slug, chosen.model), column)


def _first(found: Board) -> Column:
    """The first column that somebody ran; a board with lines has one."""
    return next(column for column in found.columns if column.runs)


@require_safe
@requires("read")
def board_csv(request: HttpRequest) -> HttpResponse:
    """What is shown, a row for each value."""
    chosen = _chosen(request)
    if chosen.suite is None:
        if chosen.notes:
            raise Http404(chosen.notes[0])
        agreed = agreed_models(request)
        boards = boards_of_suites(chosen.asked).boards
        rows = [row for one in boards for row in board_cells.records(one, agreed)]
        return _csv(chosen, rows, board_cells.CSV_COLUMNS)
    return _csv(chosen, *_records(request, chosen, board_of(chosen.suite, chosen.asked)))


def _records(
    request: HttpRequest, chosen: Chosen, found: Board
) -> tuple[Iterable[Mapping[str, Any]], Sequence[str]]:
    """Rows, and the order of their columns where it is not that of the first row."""
    if chosen.show == "pairs":
        return board_pairs.records(found), board_pairs.CSV_COLUMNS
    if chosen.show == "scores" or not found.lines:
        return board_cells.records(found, agreed_models(request)), board_cells.CSV_COLUMNS
    shown = (_trade if chosen.show == "trade" else _time)(chosen, found)[1]
    return shown.records, ()


def _csv(chosen: Chosen, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> HttpResponse:
    return _file(chosen, "csv", csv_rows(rows, columns), "text/csv; charset=utf-8")


def _file(chosen: Chosen, kind: str, body: Any, media_type: str) -> HttpResponse:
    name = f"board-{chosen.suite.slug if chosen.suite else 'all'}-{chosen.show}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type=media_type, headers=headers)


@require_safe
@requires("read")
def board_svg(request: HttpRequest) -> HttpResponse:
    """The picture of what is shown: pairs as a heat map, cost and speed, rank over time."""
    chosen = _chosen(request)
    found = board_of(chosen.suite, chosen.asked) if chosen.suite else None
    svg = _picture(chosen, found) if found and found.lines else None
    if svg is None:
        raise Http404(
            "There is no picture of this. Choose a suite that ran, and pairs, cost and speed or time."
        )
    return _file(chosen, "svg", as_file(svg), "image/svg+xml")


def _picture(chosen: Chosen, found: Board) -> Svg | None:
    if chosen.show == "pairs":
        return board_pairs.heat_map(found, _named(found, chosen.by))
    if chosen.show == "trade":
        return _trade(chosen, found)[1].svg
    return _time(chosen, found)[1].svg if chosen.show == "time" else None


urlpatterns = [
    path("board/", board, name="board"),
    path("board/rows.csv", board_csv, name="board-csv"),
    path("board/picture.svg", board_svg, name="board-svg"),
]
