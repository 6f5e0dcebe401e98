"""Packs of templates: what there is to start from, and several drafts at once."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import path
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from capabilities.forms.requirements import PackForm
from capabilities.models import Product
from capabilities.packs import ABILITIES, KINDS, PACKS, Pack
from capabilities.queries.products import may_in
from capabilities.services.starting import start_pack
from capabilities.views.access import demand_in, product_or_404
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.requests import person


@require_safe
@requires("read")
def pack_list(request: HttpRequest) -> HttpResponse:
    product = product_or_404(request)
    context = {
        "product": product,
        "abilities": ABILITIES,
        "kinds": KINDS,
        "may_write": may_in(person(request), "write_requirements", product),
    }
    return render(request, "capabilities/pack_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def pack_detail(request: HttpRequest, slug: str) -> HttpResponse:
    product = product_or_404(request)
    pack = PACKS.get(slug)
    if pack is None:
        raise Http404(f"There is no pack {slug}.")
    form = _form(request, product, pack)
    if request.method == "POST":
        demand_in(request, "write_requirements", product)
        if form.is_valid():
            try:
                return _make(request, product, pack, form)
            except (Refused, ValidationError) as refusal:
                add_refusal(form, refusal)
    may_write = may_in(person(request), "write_requirements", product)
    context = {"pack": pack, "product": product, "form": form, "may_write": may_write}
    return render(request, "capabilities/pack_detail.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest, product: Product, pack: Pack) -> PackForm:
    there = product.capabilities.filter(name__iexact=pack.name).first()
    initial = {
        "templates": [one.slug for one in pack.templates],
        "capability": there.pk if there else None,
        "new_capability": pack.name,
    }
    return PackForm(request.POST or None, product=product, pack=pack, initial=initial)


def _make(request: HttpRequest, product: Product, pack: Pack, form: PackForm) -> HttpResponse:
    data = form.cleaned_data
    made = start_pack(
        actor=person(request),
        product=product,
        pack=pack,
        slugs=data["templates"],
        capability=data["capability"],
        new_capability=data["new_capability"],
    )
    messages.success(
        request,
        f"{len(made)} drafts: {', '.join(one.key for one in made)}. Choose the checks of their criteria next.",
    )
    capability = made[0].capability
    query = urlencode({"capability": capability.slug}) if capability else ""
    return redirect(f"{resolve_url('capabilities:requirement-list')}?{query}")


urlpatterns = [
    path("requirements/templates/", pack_list, name="pack-list"),
    path("requirements/templates/<slug:slug>/", pack_detail, name="pack-detail"),
]
