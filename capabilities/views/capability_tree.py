"""The capability tree as an outline: add, rename, move, merge."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from capabilities.forms.capabilities import CapabilityForm
from capabilities.middleware import current_product
from capabilities.models import Capability, Product
from capabilities.queries.capability_outline import merge_preview, outline
from capabilities.queries.products import may_in
from capabilities.services.capabilities import create_capability, edit_capability
from capabilities.services.capability_tree import (
    DEEPEST,
    STEPS,
    merge_capabilities,
    place_capability,
    step_capability,
)
from capabilities.views.access import act, demand_in, product_or_404, words_in
from config.errors import Refused
from config.people.access import requires
from config.people.requests import person
from config.web import page_or_partial, wants_partial

PAGE, PART = "capabilities/capability_tree.html", "capabilities/capability_outline.html"
MERGE = "capabilities/capability_merge.html"


@require_safe
@requires("read")
def capability_tree(request: HttpRequest) -> HttpResponse:
    return _shown(request, current_product(request))


@require_POST
@requires("read")
def capability_add(request: HttpRequest) -> HttpResponse:
    product = _writable(request)
    form = CapabilityForm({"name": words_in(request, "name", 120)}, product=product)
    under = request.POST.get("under", "")
    parent = _capability(product, under) if under else None

    def add() -> None:
        if not form.is_valid():
            raise Refused("Give the ability a name.")
        create_capability(
            actor=person(request),
            product=product,
            name=form.cleaned_data["name"],
            slug=form.free_slug(),
            parent=parent,
            position=product.capabilities.filter(parent=parent).count(),
        )

    return _done(request, product, f"{words_in(request, 'name', 120)} is in the tree.", add)


@require_POST
@requires("read")
def capability_rename(request: HttpRequest, slug: str) -> HttpResponse:
    product = _writable(request)
    capability, name = _capability(product, slug), words_in(request, "name", 120)
    return _done(
        request,
        product,
        f"It is called {name} now.",
        lambda: edit_capability(actor=person(request), capability=capability, name=name),
    )


@require_POST
@requires("read")
def capability_place(request: HttpRequest) -> HttpResponse:
    """item: what moves. to: one step; or target and place: before, after or inside another."""
    product = _writable(request)
    moved, to = _capability(product, request.POST.get("item", "")), request.POST.get("to", "")
    if to in STEPS:
        return _done(
            request, product, "", lambda: step_capability(actor=person(request), capability=moved, to=to)
        )
    target, place = _capability(product, request.POST.get("target", "")), request.POST.get("place")
    parent, before = (target, None) if place == "inside" else (target.parent, target)
    if place == "after":
        before = _after(product, target, moved)
    return _done(
        request,
        product,
        "",
        lambda: place_capability(actor=person(request), capability=moved, parent=parent, before=before),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def capability_merge(request: HttpRequest, slug: str) -> HttpResponse:
    product = _writable(request)
    gone = _capability(product, slug)
    into = request.POST.get("into") or request.GET.get("into") or ""
    kept = product.capabilities.filter(slug=into).exclude(pk=gone.pk).first()
    if request.method == "POST" and kept is not None:
        merged = act(
            request,
            f"{gone.name} is part of {kept.name} now.",
            lambda: merge_capabilities(actor=person(request), capability=gone, into=kept),
        )
        if merged:
            return redirect("capabilities:capability-tree")
    lines = [line for line in outline(product) if line.capability.pk != gone.pk]
    context = {"capability": gone, "kept": kept, "lines": lines, "merge": merge_preview(gone)}
    return render(request, MERGE, context)


def _after(product: Product, target: Capability, moved: Capability) -> Capability | None:
    """The one that stands behind the target, the moved one left out."""
    beside = [
        one
        for one in product.capabilities.filter(parent=target.parent_id).order_by("position", "name", "pk")
        if one.pk != moved.pk
    ]
    at = next((number for number, one in enumerate(beside) if one.pk == target.pk), len(beside))
    return next(iter(beside[at + 1 :]), None)


def _done(request: HttpRequest, product: Product, words: str, deed: Callable[[], object]) -> HttpResponse:
    """Do it; then the outline alone for htmx, the whole page for everybody else."""
    if words:
        act(request, words, deed)
    else:
        try:
            deed()
        except Refused as refusal:
            messages.error(request, refusal.message)
    return _shown(request, product) if wants_partial(request) else redirect("capabilities:capability-tree")


def _shown(request: HttpRequest, product: Product | None) -> HttpResponse:
    if product is None:
        return render(request, PAGE, {"product": None})
    context = {
        "product": product,
        "lines": outline(product),
        "may_write": may_in(person(request), "write_requirements", product),
        "deepest": DEEPEST,
        "partial": wants_partial(request),
    }
    return render(request, page_or_partial(request, PAGE, PART), context)


def _writable(request: HttpRequest) -> Product:
    product = product_or_404(request)
    demand_in(request, "write_requirements", product)
    return product


def _capability(product: Product, slug: str) -> Capability:
    found = product.capabilities.select_related("product", "parent").filter(slug=slug[:50]).first()
    if found is None:
        raise Http404(f"{product.key} has no ability {slug[:50]}.")
    return found


urlpatterns = [
    path("capabilities/tree/", capability_tree, name="capability-tree"),
    path("capabilities/tree/add/", capability_add, name="capability-add"),
    path("capabilities/tree/place/", capability_place, name="capability-place"),
    path("capabilities/<slug:slug>/rename/", capability_rename, name="capability-rename"),
    path("capabilities/<slug:slug>/merge/", capability_merge, name="capability-merge"),
]
