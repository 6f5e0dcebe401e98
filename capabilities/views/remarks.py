"""What would change our mind: noted on a requirement with a day, and looked at again."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from capabilities.middleware import use_product
from capabilities.models import Product, Remark
from capabilities.queries.products import visible_products
from capabilities.queries.remarks import in_products
from capabilities.services.remarks import LONGEST, remark, settle
from capabilities.views.access import act, demand_in, requirement_or_404, words_in
from config.people.access import requires
from config.people.requests import person
from config.web import safe_next


@require_POST
@requires("read")
def requirement_remark(request: HttpRequest, key: str) -> HttpResponse:
    """Whoever may read the product may note something."""
    requirement = requirement_or_404(request, key)
    act(
        request,
        "Noted. Whoever owns, watches or works on it is reminded on the day.",
        lambda: remark(
            actor=person(request),
            about=requirement,
            text=words_in(request, "text", LONGEST),
            remind_on=_day(request.POST.get("remind_on", "")),
        ),
    )
    return redirect(reverse("capabilities:requirement-detail", args=[requirement.key]) + "#mind")


@require_POST
@requires("read")
def remark_settle(request: HttpRequest, pk: int) -> HttpResponse:
    said = in_products(visible_products(person(request))).filter(pk=pk).first()
    if said is None:
        raise Http404("There is no such note.")
    product = _product_of(said)
    use_product(request, product)
    demand_in(request, "write_requirements", product)
    act(
        request,
        "Kept with the note, which waits no longer.",
        lambda: settle(actor=person(request), said=said, found=words_in(request, "found", LONGEST)),
    )
    return redirect(safe_next(request, reverse("capabilities:intent")))


def _product_of(said: Remark) -> Product:
    about = said.requirement or said.problem
    assert about is not None
    return about.product


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


urlpatterns = [
    path("requirements/<slug:key>/remarks/", requirement_remark, name="requirement-remark"),
    path("remarks/<int:pk>/settle/", remark_settle, name="remark-settle"),
]
