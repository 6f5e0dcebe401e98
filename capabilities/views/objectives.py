"""Objectives: where a product goes, what holds each one back, and their editing."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from capabilities.forms.capabilities import ObjectiveForm
from capabilities.middleware import current_product, current_versions, use_product
from capabilities.models import Objective
from capabilities.queries.capabilities import aims
from capabilities.queries.products import may_in, visible_products
from capabilities.services.capabilities import create_objective, edit_objective, remove_objective
from capabilities.views.access import act, demand_in
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.requests import person

LIST, FORM = "capabilities/objective_list.html", "capabilities/objective_form.html"
KEPT = ("title", "horizon", "narrative", "position")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def objectives(request: HttpRequest) -> HttpResponse:
    product = current_product(request)
    if product is None:
        return render(request, LIST, {"product": None})
    form = ObjectiveForm(request.POST or None, product=product)
    if request.method == "POST":
        demand_in(request, "write_requirements", product)
        if form.is_valid():
            create_objective(actor=person(request), product=product, **form.cleaned_data)
            messages.success(request, "The objective is there.")
            return redirect("capabilities:objective-list")
    context = {
        "product": product,
        "aims": aims(product, current_versions(request)),
        "form": form,
        "may_write": may_in(person(request), "write_requirements", product),
    }
    return render(request, LIST, context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def objective_edit(request: HttpRequest, pk: int) -> HttpResponse:
    objective = _objective(request, pk)
    filled = {name: getattr(objective, name) for name in KEPT}
    form = ObjectiveForm(request.POST or None, product=objective.product, objective=objective, initial=filled)
    if form.is_valid():
        try:
            edit_objective(actor=person(request), objective=objective, **form.cleaned_data)
        except (Refused, ValidationError) as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "Saved.")
            return redirect("capabilities:objective-list")
    context = {"form": form, "objective": objective, "held": objective.requirements.count()}
    return render(request, FORM, context, status=422 if form.errors else 200)


@require_POST
@requires("read")
def objective_remove(request: HttpRequest, pk: int) -> HttpResponse:
    objective = _objective(request, pk)
    removed = act(
        request,
        f"{objective.title} is no longer an objective.",
        lambda: remove_objective(actor=person(request), objective=objective),
    )
    here = reverse("capabilities:objective-edit", args=[pk])
    return redirect("capabilities:objective-list" if removed else here)


def _objective(request: HttpRequest, pk: int) -> Objective:
    """The objective, for whoever may change it; the page stands in its product."""
    visible = Objective.objects.filter(product__in=visible_products(person(request)))
    found = get_object_or_404(visible.select_related("product"), pk=pk)
    use_product(request, found.product)
    demand_in(request, "write_requirements", found.product)
    return found


urlpatterns = [
    path("objectives/", objectives, name="objective-list"),
    path("objectives/<int:pk>/edit/", objective_edit, name="objective-edit"),
    path("objectives/<int:pk>/remove/", objective_remove, name="objective-remove"),
]
