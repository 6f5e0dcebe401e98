"""Comparisons as files: what the page shows as CSV, Markdown and SVG."""

from typing import Any

from django.http import Http404, HttpResponse

from config import words
from evaluations.charts.files import as_file
from evaluations.exporters import csv_rows
from evaluations.exporters.comparison_markdown import comparison_markdown
from evaluations.queries.comparison_json import many_json
from evaluations.queries.comparison_many import ManyComparison
from evaluations.queries.scores import shown_unit
from evaluations.views.comparison_charts import (
    SLICE_COLUMNS,
    differences_file,
    slice_grid,
    slice_rows,
    values_file,
)
from evaluations.views.slice_charts import COLUMNS, slice_chart

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "svg": "image/svg+xml",
}
FIELDS = (
    "column", "run", "version", "side", "value", "value_low", "value_high", "rank_from", "rank_to", "best_group", "missing", "outcome", "n",
    "difference", "low", "high", "adjusted_p", "corrected_low", "corrected_high", "only_a", "only_b", "both", "neither", "smallest_gap",
    "differs", "sentence",
)  # fmt: skip


def comparison_file(many: ManyComparison | None, kind: str) -> HttpResponse:
    """A line a column, A first; the picture shows A − each."""
    return _answer(_whole(_there(many), kind), kind, _name(_there(many), "comparison"))


def values_picture(many: ManyComparison | None) -> HttpResponse:
    """Every value on the common cases, with the ranks."""
    picture = values_file(_there(many))
    if picture is None:
        raise Http404("Fewer than two of these runs can be ranked, so there is no picture.")
    return _answer(as_file(picture), "svg", _name(_there(many), "values"))


def _there(many: ManyComparison | None) -> ManyComparison:
    if many is None:
        raise Http404("The address names no runs that can be compared.")
    return many


def slices_file(many: ManyComparison | None, kind: str) -> HttpResponse:
    """The slices as a picture or as rows."""
    body = _sliced(many, kind) if many else None
    if many is None or body is None:
        raise Http404("These runs have no slices to compare.")
    return _answer(body, kind, _name(many, "slices"))


def _answer(body: Any, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return HttpResponse(body, content_type=MEDIA[kind], headers=headers)


def _name(many: ManyComparison, noun: str) -> str:
    ids = [many.run_a.pk, *[one.comparison.run_b.pk for one in many.against]]
    return f"runs-{'-'.join(map(str, ids))}-{noun}"


def _whole(many: ManyComparison, kind: str) -> Any:
    reply = many_json(many)
    if kind == "md":
        unit = shown_unit(many.run_a, many.scorer)
        return comparison_markdown(
            reply, lambda value: words.score(value, unit), lambda value: words.difference(value, unit)
        )
    if kind == "csv":
        return csv_rows(_records(reply), FIELDS)
    return as_file(differences_file(many))


def _records(reply: dict[str, Any]) -> list[dict[str, Any]]:
    beside = {one["letter"]: one for one in reply["against"]}
    return [_record(column, beside.get(column["letter"])) for column in reply["columns"]]


def _record(column: dict[str, Any], one: dict[str, Any] | None) -> dict[str, Any]:
    value, rank = column["value"] or {}, column["rank"] or {}
    record = {
        "column": column["letter"],
        **{name: column[name] for name in ("run", "version", "side", "best_group", "missing")},
        "value": value.get("point"),
        "value_low": value.get("low"),
        "value_high": value.get("high"),
        "rank_from": rank.get("from"),
        "rank_to": rank.get("to"),
        "sentence": column["note"],
    }
    return record | _beside(one) if one else record


def _beside(one: dict[str, Any]) -> dict[str, Any]:
    gap, corrected = one["difference"] or {}, one["corrected"] or {}
    return {
        **{name: one[name] for name in ("outcome", "n", "adjusted_p", "smallest_gap", "sentence")},
        "difference": gap.get("point"),
        "low": gap.get("low"),
        "high": gap.get("high"),
        "corrected_low": corrected.get("low"),
        "corrected_high": corrected.get("high"),
        **(one["counts"] or {}),
        "differs": " ".join(one["comparable"]["differs"]),
    }


def _sliced(many: ManyComparison, kind: str) -> Any:
    """Of two the forest, of more the grid; None without slices, and no picture where none has enough cases."""
    if len(many.against) == 1:
        chart = slice_chart(many.first)
        if chart is None:
            return None
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in chart.rows]
        return _picture(chart.svg) if kind == "svg" else csv_rows(rows)
    grid = slice_grid(many)
    if grid is None:
        return None
    return (
        _picture(grid.svg)
        if kind == "svg"
        else csv_rows(dict(zip(SLICE_COLUMNS, row, strict=True)) for row in slice_rows(many))
    )


def _picture(svg: str) -> Any:
    return as_file(svg) if svg else None
