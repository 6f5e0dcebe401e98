"""The list of requirements, and a change to many of them at once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from capabilities.forms.bulk import bulk_change, bulk_choices
from capabilities.middleware import current_product, current_versions
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
from capabilities.queries.products import may_in
from capabilities.queries.requirement_rows import grouped, sorted_into_groups
from capabilities.queries.requirements import counts_by_outcome, filter_from, requirement_list
from capabilities.services.editing import change_many
from capabilities.views.access import act_and_return, demand_in, product_or_404
from capabilities.views.exports import export
from config.people.access import requires
from config.people.requests import person
from config.web import page_of, page_or_partial, safe_next
from config.words import counted

COLUMNS = ("key", "title", "verdict", "gap", "intent")


@require_safe
@requires("read")
def requirements(request: HttpRequest) -> HttpResponse:
    product = current_product(request)
    if product is None:
        return render(request, "capabilities/requirement_list.html", {"product": None})
    versions = current_versions(request)
    wanted = filter_from(request.GET)
    states = requirement_list(product, versions, wanted)
    if request.GET.get("format") in {"csv", "json"}:
        return export(request.GET["format"], product, states)
    group = request.GET.get("group", "")
    page = page_of(request, sorted_into_groups(states, group))
    choices = filter_choices(product)
    context = {
        "product": product,
        "version": versions.main,
        "several_kinds": versions.asked is None and len({version.pk for version in versions.all}) > 1,
        "page": page,
        "groups": grouped(page.object_list, group),
        "counts": counts_by_outcome(states),
        "total": len(states),
        "menus": menus(request.GET, choices),
        "chips": chips(request.GET, choices),
        "ways": [
            choice_menu(request.GET, "sort", "Sorted by", SORTS, "key"),
            choice_menu(request.GET, "group", "Grouped by", {"": "nothing", **GROUPS}, ""),
            choice_menu(request.GET, "version", "Judging", version_choices(product), ""),
        ],
        "bulk_choices": bulk_choices(product),
        "sorts": {name: sort_url(request.GET, name) for name in COLUMNS},
        "sorted_by": wanted.sort,
        "descending": wanted.descending,
        "may_write": may_in(person(request), "write_requirements", product),
    }
    template = page_or_partial(
        request, "capabilities/requirement_list.html", "capabilities/requirement_table.html"
    )
    return render(request, template, context)


@require_POST
@requires("read")
def requirements_change(request: HttpRequest) -> HttpResponse:
    """One change to every chosen row, all or none."""
    product = product_or_404(request)
    demand_in(request, "write_requirements", product)
    back = safe_next(request, "capabilities:requirement-list")
    keys = request.POST.getlist("selected")
    fields = bulk_change(product, request.POST.get("change", ""))
    chosen = [row for row in product.requirements.select_related("product") if row.key in keys]
    if not chosen or fields is None:
        messages.error(request, "Select rows and choose what to change.")
        return redirect(back)
    return act_and_return(
        request,
        back,
        f"{counted(len(chosen), 'requirements')} changed.",
        lambda: change_many(actor=person(request), requirements=chosen, fields=fields),
    )


urlpatterns = [
    path("requirements/change/", requirements_change, name="requirement-bulk"),
    path("requirements/", requirements, name="requirement-list"),
]
