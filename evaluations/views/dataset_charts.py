"""The cases of a dataset version by slice, and its sources by size: a picture, the numbers beside it, and files."""

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from config import words
from config.people.access import requires
from evaluations.charts import Bar, BarGroup, counts
from evaluations.charts.files import as_file
from evaluations.exporters import csv_rows
from evaluations.models import DatasetVersion
from evaluations.queries.datasets import slices_of_version, sources_by_size
from evaluations.views.dataset_access import version_or_404

DRAWN = 12
COLUMNS = ("Slice", "Value", "Count")
SOURCES = "Cases from one source"


def slice_chart(version: DatasetVersion) -> dict[str, Any] | None:
    """The arguments of partials/chart.html; None where no case is in a slice and none shares its source. Two queries."""
    groups, name = _groups(version), _name(version)
    if not groups:
        return None
    rows = [[group.name, bar.name, bar.words] for group in groups for bar in group.bars]
    short = [BarGroup(group.name, group.bars[:DRAWN]) for group in groups]
    cut = any(len(group.bars) > DRAWN for group in groups)
    return {
        "svg": counts.draw(short, name),
        "narrow": counts.draw(short, name, 340.0),
        "caption": f"{name}{f', the {DRAWN} largest of each' if cut else ''}",
        "columns": COLUMNS,
        "rows": rows,
    }


def _groups(version: DatasetVersion) -> list[BarGroup]:
    slices = groupby(slices_of_version(version), key=lambda one: one[0])
    found = [BarGroup(name, [_bar(value, count) for _, value, count in rows]) for name, rows in slices]
    if sizes := sources_by_size(version):
        found.append(BarGroup(SOURCES, [_bar(*size, noun="sources") for size in sizes]))
    return found


def _bar(name: str, count: int, noun: str = "") -> Bar:
    return Bar(name, count, words.counted(count, noun) if noun else words.number(count))


def _name(version: DatasetVersion) -> str:
    return f"Cases of v{version.number} by slice and source"


@require_safe
@requires("read")
def version_slices(request: HttpRequest, slug: str, number: int, ending: str) -> HttpResponse:
    """Every slice with its count, as CSV or as the picture."""
    version = version_or_404(slug, number)
    groups = _groups(version)
    if ending == "svg":
        answer = HttpResponse(as_file(counts.draw(groups, _name(version))), content_type="image/svg+xml")
    else:
        records = [
            {"slice": group.name, "value": bar.name, "count": bar.count}
            for group in groups
            for bar in group.bars
        ]
        body = csv_rows(records, ("slice", "value", "count"))
        answer = HttpResponse(body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slug}-v{number}-slices.{ending}"'
    return answer


urlpatterns = [
    path(
        f"datasets/<slug:slug>/v<int:number>/slices.{ending}",
        version_slices,
        {"ending": ending},
        name=f"dataset-slices-{ending}",
    )
    for ending in ("csv", "svg")
]
