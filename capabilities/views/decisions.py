"""The requirements of a capability as a decision table."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe

from capabilities.middleware import current_versions
from capabilities.queries.decisions import DecisionTable, decision_table, records
from capabilities.views.access import product_or_404
from capabilities.views.exports import send
from config.people.access import requires
from config.people.requests import person

FLAGGED = "flagged"
FORMATS = ("csv", "json")


@require_safe
@requires("read")
def capability_decisions(request: HttpRequest, slug: str) -> HttpResponse:
    """For every condition what the model shall do; ?only=flagged shows the rows that contradict others."""
    product = product_or_404(request)
    capability = get_object_or_404(product.capabilities.select_related("parent"), slug=slug)
    table = decision_table(capability, person(request), current_versions(request))
    only = request.GET.get("only") == FLAGGED
    shown = DecisionTable(table.columns, [row for row in table.rows if row.flagged]) if only else table
    if (kind := request.GET.get("format", "")) in FORMATS:
        return send(kind, product, "decisions", records(shown))
    context = {
        "capability": capability,
        "table": shown,
        "flagged": table.flagged,
        "only": only,
        "product": product,
    }
    return render(request, "capabilities/capability_decisions.html", context)


urlpatterns = [
    path("capabilities/<slug:slug>/decisions/", capability_decisions, name="capability-decisions"),
]
