"""The list of requirements."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from capabilities.middleware import current_product, current_versions
from capabilities.models import Product
from capabilities.queries.bulk_preview import recent_change
from capabilities.queries.columns import (
    COLUMNS,
    canonical_columns,
    chosen_columns,
    row_context,
    shown_columns,
)
from capabilities.queries.filters import (
    GROUPS,
    SORTS,
    chips,
    choice_menu,
    filter_choices,
    menus,
    sort_url,
    version_choices,
)
from capabilities.queries.past import moment_in
from capabilities.queries.products import may_in
from capabilities.queries.requirement_rows import grouped
from capabilities.queries.requirements import RequirementFilter, filter_from, requirement_list
from capabilities.services.standings import catch_up
from capabilities.views.exports import export
from capabilities.views.past_list import past_list, refused_past
from config.people.access import requires
from config.people.queries.saved_views import saved_views
from config.people.requests import person
from config.web import page_of, page_or_partial


@require_safe
@requires("read")
def requirements(request: HttpRequest) -> HttpResponse:
    product = current_product(request)
    if product is None:
        return render(request, "capabilities/requirement_list.html", {"product": None})
    if (canonical := canonical_columns(request.GET)) is not None:
        return redirect(f"{request.path}?{canonical}")
    if request.GET.get("as_of"):
        if moment := moment_in(request.GET["as_of"], timezone.now()):
            return past_list(request, product, moment)
        if "format" in request.GET and (refusal := refused_past(request)):
            return refusal
        messages.warning(request, "as_of is no day that is past, like 2026-11-01; this is how it stands now.")
    versions = current_versions(request)
    wanted = filter_from(request.GET)
    group = request.GET.get("group", "")
    due = catch_up(product)
    states = requirement_list(product, versions, wanted, group, bare=True)
    if request.GET.get("format") in {"csv", "json"}:
        columns = chosen_columns(request.GET) if request.GET.get("fields") == "shown" else None
        return export(request.GET["format"], product, states, columns)
    page = page_of(request, states)
    choices = filter_choices(product)
    may_write = may_in(person(request), "write_requirements", product)
    context = {
        "product": product,
        "version": versions.main,
        "several_kinds": versions.asked is None and len({version.pk for version in versions.all}) > 1,
        "page": page,
        "groups": grouped(page.object_list, group, states.group_sizes),
        "counts": states.counts,
        "total": len(states),
        "due": due,
        "menus": menus(request.GET, choices),
        "chips": chips(request.GET, choices),
        "ways": [
            choice_menu(request.GET, "sort", "Sorted by", SORTS, "key"),
            choice_menu(request.GET, "group", "Grouped by", {"": "nothing", **GROUPS}, ""),
            choice_menu(request.GET, "version", "Judging", version_choices(product), ""),
        ],
        "sorted_by": wanted.sort,
        "descending": wanted.descending,
        "may_write": may_write,
        "yesterday": timezone.now() - timedelta(days=1),
        **_columns(request.GET),
        **_order(request.GET, wanted, group, may_write),
        "views": saved_views(person(request), "requirements", product.key, request.GET),
        "undoable": _undoable(request, product) if may_write else None,
    }
    template = page_or_partial(
        request, "capabilities/requirement_list.html", "capabilities/requirement_table.html"
    )
    return render(request, template, context)


def _columns(query: QueryDict) -> dict[str, Any]:
    shown = row_context(query)
    names = {column.name for column in shown["columns"]}
    return {
        **shown,
        "headings": shown_columns(query),
        "sorts": {name: sort_url(query, name) for name in ("key", "title")},
        "column_choices": [(column, column.name in names) for column in COLUMNS.values()],
        "kept": [(name, value) for name, value in query.items() if name not in {"columns", "page", "format"}],
    }


def _order(query: QueryDict, wanted: RequirementFilter, group: str, may_write: bool) -> dict[str, Any]:
    """Whether rows can be put in order here, and the address's parameters that a row keeps when it is swapped."""
    may_order = may_write and wanted.sort == "order" and not wanted.descending and not group
    kept = query.copy()
    for name in ("page", "format", "ordered", "focus", "shown"):
        kept.pop(name, None)
    if may_order:
        kept["ordered"] = "1"
    return {"may_order": may_order, "row_query": kept.urlencode(safe=",")}


def _undoable(request: HttpRequest, product: Product) -> Any:
    """The bulk change this person made last, offered for undoing on the next page they see."""
    return recent_change(person(request), product, request.session.pop("bulk_change", None))


urlpatterns = [
    path("requirements/", requirements, name="requirement-list"),
]
