"""Objectives: where a product goes, what holds each one back, and their editing."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from capabilities.forms.capabilities import ObjectiveForm
from capabilities.middleware import current_product, current_versions, use_product
from capabilities.models import Objective, Product
from capabilities.queries.objective_board import board
from capabilities.queries.products import may_in, visible_products
from capabilities.services.capabilities import create_objective, edit_objective, remove_objective
from capabilities.services.objective_order import STEPS, place_objective, step_objective
from capabilities.services.standings import catch_up
from capabilities.views.access import act, demand_in, product_or_404
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.requests import person
from config.web import wants_partial

LIST, FORM = "capabilities/objective_list.html", "capabilities/objective_form.html"
BOARD = "capabilities/objective_board.html"
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
    context = _board(request, product) | {"form": form}
    return render(request, LIST, context, status=422 if form.errors else 200)


@require_POST
@requires("read")
def objective_place(request: HttpRequest) -> HttpResponse:
    """item: what moves. to: one step; or target and place: before or after another, or last in a column."""
    demand_in(request, "write_requirements", product_or_404(request))
    moved = _objective(request, _number(request, "item"))
    try:
        _place(request, moved)
    except Refused as refusal:
        messages.error(request, refusal.message)
    if not wants_partial(request):
        return redirect("capabilities:objective-list")
    return render(request, BOARD, _board(request, moved.product) | {"partial": True})


def _place(request: HttpRequest, moved: Objective) -> None:
    to, place = request.POST.get("to", ""), request.POST.get("place")
    if to in STEPS:
        step_objective(actor=person(request), objective=moved, to=to)
        return
    column = request.POST.get("target", "")
    if place == "last" and column in Objective.Horizon.values:
        place_objective(actor=person(request), objective=moved, horizon=column)
        return
    target = get_object_or_404(moved.product.objectives, pk=_number(request, "target"))
    before: Objective | None = target
    if place == "after":
        beside = moved.product.objectives.filter(horizon=target.horizon).exclude(pk=moved.pk)
        ordered = list(beside.order_by("position", "title", "pk"))
        at = next((number for number, one in enumerate(ordered) if one.pk == target.pk), len(ordered))
        before = next(iter(ordered[at + 1 :]), None)
    place_objective(actor=person(request), objective=moved, horizon=target.horizon, before=before)


def _number(request: HttpRequest, name: str) -> int:
    """A posted id; 0, which is nobody's, for nonsense."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _board(request: HttpRequest, product: Product) -> dict[str, object]:
    due = catch_up(product)
    columns = board(product, current_versions(request))
    return {
        "product": product,
        "due": due,
        "board": columns,
        "empty": not any(column.aims for column in columns),
        "may_write": may_in(person(request), "write_requirements", product),
    }


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
    path("objectives/place/", objective_place, name="objective-place"),
    path("objectives/<int:pk>/edit/", objective_edit, name="objective-edit"),
    path("objectives/<int:pk>/remove/", objective_remove, name="objective-remove"),
]
