"""A criterion over versions: on the requirement's page when it is asked for, as a page of its own, as a picture or its numbers."""

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from capabilities.middleware import current_versions
from capabilities.queries.criterion_trends import over_versions
from capabilities.queries.states import CriterionState, requirement_states
from capabilities.queries.training import Series
from capabilities.queries.training_charts import RECORD, as_records, training_chart
from capabilities.views.access import requirement_or_404
from capabilities.views.exports import send
from capabilities.views.gap_files import WHERE
from config.people.access import requires
from config.web import page_or_partial
from evaluations.charts.files import as_file

PAGE, PART = "capabilities/criterion_trend.html", "capabilities/criterion_trend_chart.html"


@require_safe
@requires("read")
def criterion_trend(request: HttpRequest, key: str, criterion_key: str, kind: str = "") -> HttpResponse:
    """For the model whose version the requirement's page speaks of. 404 for a criterion without a verdict."""
    requirement = requirement_or_404(request, key)
    series = _series(requirement_states([requirement], current_versions(request))[0].criteria, criterion_key)
    name = f"{requirement.key}-{criterion_key}-trend"
    if kind == "csv":
        return send(kind, requirement.product, name, as_records(series), RECORD)
    chart = training_chart(series, "version")
    if kind == "svg":
        headers = {"Content-Disposition": f'attachment; filename="{name}.svg"'}
        return HttpResponse(as_file(chart.svg), content_type="image/svg+xml", headers=headers)
    context = {"requirement": requirement, "series": series, "chart": chart}
    return render(request, page_or_partial(request, PAGE, PART), context)


def _series(criteria: Iterable[CriterionState], key: str) -> Series:
    found = next((one for one in criteria if one.criterion.key == key and one.verdict), None)
    if found is None or found.verdict is None:
        raise Http404("This criterion has no verdict yet, so there is nothing to follow.")
    return over_versions(found.criterion, found.verdict.model_version.model)


urlpatterns = [
    path(f"{WHERE}/trend/", criterion_trend, name="criterion-trend"),
    path(f"{WHERE}/trend.svg", criterion_trend, {"kind": "svg"}, name="criterion-trend-svg"),
    path(f"{WHERE}/trend.csv", criterion_trend, {"kind": "csv"}, name="criterion-trend-csv"),
]
