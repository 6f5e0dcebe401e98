"""Unexpected strengths: candidates for a discovery, and the button that records one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from capabilities.middleware import current_product
from capabilities.queries.products import may_in
from capabilities.queries.strengths import strengths_of
from capabilities.services.strengths import record_strength
from capabilities.views.access import demand_in, product_or_404
from capabilities.views.exports import send
from config.errors import Refused
from config.people.access import requires
from config.people.requests import person
from config.web import page_of

COLUMNS = (
    *("version", "evaluation", "run", "scorer", "slice", "beats", "against", "expected"),
    *("point", "low", "high", "unit", "n", "p", "recorded"),
)


@require_safe
@requires("read")
def strength_list(request: HttpRequest) -> HttpResponse:
    """?format=csv or json for the file."""
    product = current_product(request)
    if product is None:
        return render(request, "capabilities/discoveries/strengths.html", {"product": None})
    found = strengths_of(product)
    kind = request.GET.get("format", "")
    if kind in ("csv", "json"):
        return send(kind, product, "strengths", (one.as_record() for one in found.candidates), COLUMNS)
    context = {
        "product": product,
        "found": found,
        "page": page_of(request, found.candidates),
        "may_write": may_in(person(request), "write_facts", product),
    }
    return render(request, "capabilities/discoveries/strengths.html", context)


@require_POST
@requires("read")
def strength_record(request: HttpRequest) -> HttpResponse:
    """run, slice: of the candidate."""
    product = product_or_404(request)
    demand_in(request, "write_facts", product)
    number = request.POST.get("run", "")
    run = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0
    try:
        made = record_strength(
            actor=person(request), product=product, run=run, part=request.POST.get("slice", "")[:210]
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("capabilities:strength-list")
    messages.success(request, f"{made.key} is recorded. See whether it happens again.")
    return redirect("capabilities:discovery-detail", made.key)


urlpatterns = [
    path("discoveries/suggested/", strength_list, name="strength-list"),
    path("discoveries/suggested/record/", strength_record, name="strength-record"),
]
