"""The capability tree as a heat map, and its editing."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from capabilities.forms.capabilities import CapabilityForm
from capabilities.middleware import current_product, current_versions
from capabilities.models import Capability
from capabilities.queries.capabilities import (
    MOST_COLUMNS,
    first_columns,
    heat,
    versions_to_compare,
)
from capabilities.queries.products import may_in
from capabilities.services.capabilities import (
    create_capability,
    edit_capability,
    remove_capability,
)
from capabilities.services.standings import catch_up
from capabilities.views.access import act, demand_in, product_or_404
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.requests import person
from config.web import page_or_partial, safe_next
from evaluations.models import ModelVersion

PAGE, TABLE = "capabilities/capability_list.html", "capabilities/capability_table.html"
FORM = "capabilities/capability_form.html"


@require_safe
@requires("read")
def capabilities(request: HttpRequest) -> HttpResponse:
    product = current_product(request)
    if product is None:
        return render(request, PAGE, {"product": None})
    versions = current_versions(request)
    choices = versions_to_compare(product)
    shown = _chosen(request, choices)
    if shown is None:
        shown = first_columns(versions, choices)
    main = versions.main
    due = catch_up(product)
    context = {
        "product": product,
        "due": due,
        "heat": heat(product, versions, shown),
        "choices": [
            (version, version in shown) for version in choices if main is None or version.pk != main.pk
        ],
        "most": MOST_COLUMNS - 1,
        "may_write": may_in(person(request), "write_requirements", product),
    }
    return render(request, page_or_partial(request, PAGE, TABLE), context)


def _chosen(request: HttpRequest, choices: list[ModelVersion]) -> list[ModelVersion] | None:
    """The versions of ?column=slug@name; None when none was named."""
    asked = request.GET.getlist("column")
    if not asked:
        return None
    by_label = {version.label: version for version in choices}
    return [by_label[label] for label in asked if label in by_label][: MOST_COLUMNS - 1]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def capability_new(request: HttpRequest) -> HttpResponse:
    product = product_or_404(request)
    demand_in(request, "write_requirements", product)
    parent = product.capabilities.filter(slug=request.GET.get("under", "")).first()
    form = CapabilityForm(request.POST or None, product=product, initial={"parent": parent})
    if form.is_valid():
        fields = form.cleaned_data
        try:
            create_capability(actor=person(request), product=product, slug=form.free_slug(), **fields)
        except (Refused, ValidationError) as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"{fields['name']} is in the tree.")
            return redirect("capabilities:capability-list")
    status = 422 if form.errors else 200
    return render(request, FORM, {"form": form, "capability": None}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def capability_edit(request: HttpRequest, slug: str) -> HttpResponse:
    capability = _capability(request, slug)
    filled = {
        name: getattr(capability, name) for name in ("name", "parent", "description", "kinds", "position")
    }
    form = CapabilityForm(
        request.POST or None, product=capability.product, capability=capability, initial=filled
    )
    if form.is_valid():
        try:
            edit_capability(actor=person(request), capability=capability, **form.cleaned_data)
        except (Refused, ValidationError) as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "Saved.")
            return redirect("capabilities:capability-list")
    status = 422 if form.errors else 200
    return render(request, FORM, {"form": form, "capability": capability}, status=status)


@require_POST
@requires("read")
def capability_remove(request: HttpRequest, slug: str) -> HttpResponse:
    capability = _capability(request, slug)
    removed = act(
        request,
        f"{capability.name} is out of the tree.",
        lambda: remove_capability(actor=person(request), capability=capability),
    )
    here = reverse("capabilities:capability-edit", args=[slug])
    return redirect(safe_next(request, "capabilities:capability-list") if removed else here)


def _capability(request: HttpRequest, slug: str) -> Capability:
    product = product_or_404(request)
    found = get_object_or_404(product.capabilities.select_related("product", "parent"), slug=slug)
    demand_in(request, "write_requirements", product)
    return found


urlpatterns = [
    path("capabilities/", capabilities, name="capability-list"),
    path("capabilities/new/", capability_new, name="capability-new"),
    path("capabilities/<slug:slug>/edit/", capability_edit, name="capability-edit"),
    path("capabilities/<slug:slug>/remove/", capability_remove, name="capability-remove"),
]
