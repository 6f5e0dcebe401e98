"""The coverage matrix."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from capabilities.middleware import current_product, current_versions
from capabilities.models import Product
from capabilities.queries.coverage import (
    MOST_COLUMNS,
    Matrix,
    as_record,
    chosen_columns,
    column_choices,
)
from capabilities.queries.filters import SORTS, Choice, chips, choice_menu, filter_choices, menus
from capabilities.queries.requirements import filter_from
from capabilities.services.standings import catch_up
from capabilities.views.exports import send
from capabilities.views.past_list import refused_past
from config.people.access import requires
from config.people.queries.saved_views import saved_views
from config.people.requests import person
from config.web import page_of, page_or_partial

PAGE, TABLE = "capabilities/coverage.html", "capabilities/coverage_table.html"
LACKS = {
    "no_criterion": ("coverage", "No criterion"),
    "not_linked": ("coverage", "Not linked"),
    "never_run": ("coverage", "Never run"),
    "needs_recheck": ("freshness", "Needs re-check"),
    "out_of_date": ("freshness", "Out of date"),
}


@require_safe
@requires("read")
def coverage(request: HttpRequest) -> HttpResponse:
    product = current_product(request)
    if product is None:
        return render(request, PAGE, {"product": None})
    due = catch_up(product)
    choices = column_choices(product)
    columns = chosen_columns(choices, current_versions(request), request.GET.getlist("column"))
    matrix = Matrix(product, current_versions(request), filter_from(request.GET), columns)
    if request.GET.get("format") in {"csv", "json"}:
        if refusal := refused_past(request):
            return refusal
        return send(request.GET["format"], product, "coverage", map(as_record, matrix))
    context = {
        "product": product,
        "due": due,
        "columns": columns,
        "choices": [(version, version in columns) for version in choices],
        "most": MOST_COLUMNS,
        "page": page_of(request, matrix),
        "total": len(matrix),
        "lacks": [
            Choice(label, _only(request.GET, field, value), request.GET.get(field, "") == value)
            for value, (field, label) in LACKS.items()
        ],
        "views": saved_views(person(request), "coverage", product.key, request.GET),
        **_filters(request, product),
    }
    return render(request, page_or_partial(request, PAGE, TABLE), context)


def _filters(request: HttpRequest, product: Product) -> dict[str, object]:
    choices = filter_choices(product)
    return {
        "menus": menus(request.GET, choices),
        "chips": chips(request.GET, choices),
        "way": choice_menu(request.GET, "sort", "Sorted by", SORTS, "key"),
        "kept": [pair for pair in request.GET.items() if pair[0] not in {"column", "page", "format", "q"}],
    }


def _only(query: QueryDict, field: str, value: str) -> str:
    """The matrix with this one thing lacking, or again without that."""
    changed = query.copy()
    for gone in ("page", "format", "coverage", "freshness"):
        changed.pop(gone, None)
    if query.get(field, "") != value:
        changed[field] = value
    return f"?{changed.urlencode(safe=',')}"


urlpatterns = [path("coverage/", coverage, name="coverage")]
