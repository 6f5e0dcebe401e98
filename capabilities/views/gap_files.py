"""The gap chart of a criterion as a file: a picture, or its numbers."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from capabilities.middleware import current_versions
from capabilities.queries.criterion_claims import claims_on
from capabilities.queries.expectations import expectations_for
from capabilities.queries.gap_charts import expected_ranges, gap_chart
from capabilities.queries.states import requirement_states
from capabilities.views.access import requirement_or_404
from config.people.access import requires
from evaluations.charts.files import as_file
from evaluations.exporters.csv_rows import csv_rows

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "svg": "image/svg+xml"}


@require_safe
@requires("read")
def gap_file(request: HttpRequest, key: str, criterion_key: str, kind: str) -> HttpResponse:
    """For the version of the address, as on the requirement's page. 404 where that draws nothing."""
    requirement = requirement_or_404(request, key)
    state = requirement_states([requirement], current_versions(request))[0]
    found = next((one for one in state.criteria if one.criterion.key == criterion_key), None)
    said = expectations_for([state]) if found else {}
    if found is None:
        raise Http404("There is no such criterion.")
    claims = claims_on([found], state.version)[found.criterion.pk]
    chart = gap_chart(found, expected_ranges(said.get(found.criterion.pk, [])), claims)
    if chart is None:
        raise Http404("There is nothing to draw for this criterion yet.")
    body: Any = csv_rows(chart.records) if kind == "csv" else as_file(chart.svg)
    name = f"{requirement.key}-{criterion_key}-gap.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type=MEDIA_TYPES[kind], headers=headers)


WHERE = "requirements/<slug:key>/criteria/<slug:criterion_key>"
urlpatterns = [
    path(f"{WHERE}/gap.svg", gap_file, {"kind": "svg"}, name="criterion-gap-svg"),
    path(f"{WHERE}/gap.csv", gap_file, {"kind": "csv"}, name="criterion-gap-csv"),
]
